// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 180
 *
 * The guest imports dma-bufs of its own for Dom0, by each driver. Dom0 makes a dma-buf of the
 * references, reads and writes it, and closes it. The guest then sees what Dom0 has written, and
 * its import is released within a second.
 */
#include <sys/mman.h>

#include "case.h"
#include "import.h"
#include "pattern.h"

#define PAGES	300

/*
 * vgem maps its memory write-combining. Xen refuses such a mapping to a PV domain without devices,
 * and Linux repeats the page fault for ever, also without gntdev.
 */
static bool can_map(const char *source)
{
	return !platform_is("pv") || strcmp(source, "vgem");
}

static void check(struct guest *guest, const char *source)
{
	struct guest_pages pages;
	struct export export;
	char *memory;
	uint32_t i;

	note("%s", source);
	import_start_in_guest(guest, source, PAGES, &pages);
	export = export_pages(guest, &pages, 0);
	memory = export_map(&export, PROT_READ | PROT_WRITE);
	CHECK(memory_is(memory, 0, PAGES, pages.seed));
	for (i = 0; i < PAGES; i++)
		pattern_fill(memory + i * PAGE_BYTES, ~pages.seed, i);
	export_unmap(&export, memory);
	export_close(guest, &export);
	import_end_in_guest(guest, &pages);
}

int main(int argc, char **argv)
{
	const char *const *name;
	struct guest guest;

	import_main(argc, argv);
	guest_open(&guest);
	for (name = source_names; *name; name++)
		if (can_map(*name))
			check(&guest, *name);
	return CASE_PASS;
}
