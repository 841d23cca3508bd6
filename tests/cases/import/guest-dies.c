// SPDX-License-Identifier: GPL-2.0
/*
 * kills-domu
 * limit: 120
 *
 * The guest is destroyed while it has an import mapped that is still in use, and one that has
 * been ended. The hypervisor unmaps its pages, and both are released.
 */
#include "case.h"
#include "import.h"
#include "quota.h"

#define PAGES	256

int main(int argc, char **argv)
{
	struct source source, ended_source;
	struct import import, ended;
	struct guest guest;

	import_main(argc, argv);
	guest_open(&guest);
	source_open(&source, "udmabuf", PAGES);
	import_source(&guest, &source, 0, &import);
	import_map_in_guest(&guest, &import);
	source_open(&ended_source, "cma", PAGES);
	import_source(&guest, &ended_source, 0, &ended);
	start_in_guest(&guest, &ended.shared);
	CHECK(WITHIN_MS(20000, import_query(&ended).mapped == PAGES));
	import_revoke(&ended);
	source_close(&ended_source);
	CHECK(!import_is_released(&ended, 300));
	CHECK_EQ(imported_pages(), 2 * PAGES);

	guest_destroy();
	CHECK(import_is_released(&ended, 5000));
	CHECK(WITHIN_MS(5000, import_query(&import).mapped == 0));
	CHECK(source_is(&source, 0, PAGES, import.shared.seed));
	import_close(&import);
	import_forget(&ended);
	source_close(&source);
	CHECK_EQ(imported_pages(), 0);
	return CASE_PASS;
}
