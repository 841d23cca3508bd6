// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 240
 *
 * A growing window: a larger buffer is imported and the smaller one is ended, again and again. The
 * guest has the first one mapped all the time. All others are released at once, and the memory of
 * the kernel does not grow.
 */
#include "case.h"
#include "import.h"
#include "quota.h"

#define FIRST	16
#define TURNS	1000
#define LARGEST	64

int main(int argc, char **argv)
{
	struct source first, source;
	struct import held, import;
	struct guest guest;
	uint32_t turn;

	import_main(argc, argv);
	guest_open(&guest);
	source_open(&first, "udmabuf", FIRST);
	import_source(&guest, &first, 0, &held);
	import_map_in_guest(&guest, &held);
	import_revoke(&held);
	source_close(&first);
	for (turn = 0; turn < TURNS; turn++) {
		source_open(&source, turn % 2 ? "system" : "udmabuf", 1 + turn % LARGEST);
		import_range(&guest, &source, 0, 0, &import);
		import_revoke(&import);
		CHECK(import_is_released(&import, 1000));
		import_forget(&import);
		source_close(&source);
	}
	CHECK_EQ(imported_pages(), FIRST);
	CHECK_EQ(import_query(&held).mapped, FIRST);
	import_unmap_in_guest(&guest, &held);
	CHECK(import_is_released(&held, 1000));
	import_forget(&held);
	CHECK_EQ(imported_pages(), 0);
	return CASE_PASS;
}
