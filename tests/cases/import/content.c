// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 240
 *
 * dma-bufs of Dom0, by every driver that can allocate one here: the guest sees their content, byte
 * by byte, and Dom0 sees what the guest writes. From 1 page to 1,000.
 */
#include <unistd.h>

#include "case.h"
#include "import.h"

/* The guest has 2,048 maptrack entries, of which a PV guest needs two for a page. */
#define LARGE	1000

static void check(struct guest *guest, const char *name, uint32_t pages)
{
	struct source source;
	struct import import;

	note("%s, %u pages", name, pages);
	source_open(&source, name, pages);
	import_source(guest, &source, 0, &import);
	import_use_in_guest(guest, &import);
	CHECK(source_is(&source, 0, pages, ~import.shared.seed));
	import_close(&import);
	CHECK(source_is(&source, 0, pages, ~import.shared.seed));
	source_close(&source);
}

int main(int argc, char **argv)
{
	const char *const *name;
	struct guest guest;

	import_main(argc, argv);
	guest_open(&guest);
	for (name = source_names; *name; name++) {
		check(&guest, *name, 1);
		check(&guest, *name, 300);
	}
	check(&guest, "system", LARGE);
	return CASE_PASS;
}
