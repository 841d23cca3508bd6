// SPDX-License-Identifier: GPL-2.0
/*
 * The driver that made a dma-buf invalidates its mappings. The import ends. The dma-buf stays
 * pinned and mapped while the guest has its pages mapped, and is released after that. Later
 * imports of the same dma-buf work. A driver that moves the memory to pin it, which invalidates
 * earlier mappings, does not end the import that pins it.
 */
#include <unistd.h>

#include "case.h"
#include "exporter.h"
#include "import.h"

#define PAGES	64

static void check_mapped(struct guest *guest, int exporter, struct source *source)
{
	struct import import;

	import_source(guest, source, 0, &import);
	import_map_in_guest(guest, &import);
	CHECK_EQ(import_query(&import).state, GNTDEV_DMABUF_STATE_LIVE);
	exporter_invalidate(exporter);
	CHECK_EQ(import_query(&import).state, GNTDEV_DMABUF_STATE_ENDING);
	exporter_invalidate(exporter);
	CHECK(!import_is_released(&import, 500));
	CHECK_EQ(import_mapped(&import), PAGES);
	CHECK(!exporter_is_unused(exporter));

	import_unmap_in_guest(guest, &import);
	CHECK(import_is_released(&import, 1000));
	CHECK(exporter_is_unused(exporter));
	CHECK(source_is(source, 0, PAGES, ~import.shared.seed));
	import_forget(&import);
}

static void check_unmapped(struct guest *guest, int exporter, struct source *source)
{
	struct import import;

	import_source(guest, source, 0, &import);
	CHECK(!exporter_is_unused(exporter));
	exporter_invalidate(exporter);
	CHECK(import_is_released(&import, 1000));
	CHECK(exporter_is_unused(exporter));
	exporter_invalidate(exporter);
	import_forget(&import);
}

static void check_moved(struct guest *guest)
{
	struct exporter_make args = { .count = PAGES, .wrapped = -1, .moves = 1 };
	struct source source = { .pages = PAGES };
	int exporter = exporter_open();
	struct import import;

	REQUIRE(!exporter_make(exporter, &args));
	source.fd = args.fd;
	import_range(guest, &source, 0, 0, &import);
	CHECK_EQ(import_query(&import).state, GNTDEV_DMABUF_STATE_LIVE);
	import_revoke(&import);
	CHECK(import_is_released(&import, 1000));
	CHECK(exporter_is_unused(exporter));
	import_forget(&import);
	CHECK_OK(close(source.fd));
	CHECK_OK(close(exporter));
}

int main(int argc, char **argv)
{
	struct source source;
	struct guest guest;
	int exporter;

	import_main(argc, argv);
	guest_open(&guest);
	exporter = exporter_open();
	exporter_source(exporter, PAGES, &source);
	check_mapped(&guest, exporter, &source);
	check_unmapped(&guest, exporter, &source);
	source_close(&source);
	CHECK_OK(close(exporter));
	check_moved(&guest);
	return CASE_PASS;
}
