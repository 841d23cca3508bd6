// SPDX-License-Identifier: GPL-2.0
/*
 * READONLY: the guest can map the pages for reading only, and cannot change them.
 */
#include "case.h"
#include "import.h"

#define PAGES	40

int main(int argc, char **argv)
{
	struct source source;
	struct import import;
	struct guest guest;

	import_main(argc, argv);
	guest_open(&guest);
	source_open(&source, "system", PAGES);
	import_source(&guest, &source, GNTDEV_DMABUF_IMPORT_READONLY, &import);
	CHECK_EQ(import_query(&import).buffer_flags, GNTDEV_DMABUF_IMPORT_READONLY);
	import_use_in_guest(&guest, &import);
	CHECK(source_is(&source, 0, PAGES, import.shared.seed));
	import_close(&import);
	source_close(&source);
	return CASE_PASS;
}
