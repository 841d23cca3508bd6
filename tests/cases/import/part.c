// SPDX-License-Identifier: GPL-2.0
/*
 * Parts of a dma-buf: the peer sees the pages that hold the bytes from offset to offset + length,
 * and where the first byte is. A picture at an odd place in a larger buffer arrives as it is.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "case.h"
#include "hv.h"
#include "import.h"
#include "pattern.h"

#define PAGES	64

static const struct part {
	uint64_t offset, length;
	uint32_t first, count;
} parts[] = {
	{ 0, 0, 0, PAGES },
	{ 0, 1, 0, 1 },
	{ 4095, 1, 0, 1 },
	{ 4095, 2, 0, 2 },
	{ 4096, 4096, 1, 1 },
	{ 17 * 4096 + 100, 30 * 4096, 17, 31 },
	{ 63 * 4096 + 1, 0, 63, 1 },
};

/* The guest maps the part and compares it with the pattern, from page @first on. */
static int in_guest(struct guest *dom0, struct guest_pages *pages)
{
	struct gntdev_dmabuf_export args;
	struct export export = { .size = pages->count * PAGE_BYTES };
	uint32_t first = (uint32_t)(pages->seed & 0xff);
	void *memory;

	guest_open_gntdev(dom0);
	args = gntdev_export_args(dom0->domid, pages->refs, pages->count);
	CHECK_OK(gntdev_export(dom0->gntdev, &args));
	export.fd = args.fd;
	export.id = args.id;
	memory = export_map(&export, PROT_READ);
	CHECK(memory_is(memory, first, pages->count, pages->seed & ~0xffULL));
	export_unmap(&export, memory);
	export_close(dom0, &export);
	return CASE_PASS;
}

static void check(struct guest *guest, const char *name, const struct part *part)
{
	uint64_t seed = now_ns() & ~0xffULL;
	struct source source;
	struct import import;

	source_open(&source, name, PAGES);
	source_fill(&source, seed);
	import_range(guest, &source, part->offset, part->length, &import);
	CHECK_EQ(import.count, part->count);
	CHECK_EQ(import.first_offset, part->offset % PAGE_BYTES);
	import.shared.seed = seed | part->first;
	import.shared.area.count = part->count;
	REQUIRE(!gnt_dir_share(&import.shared.dir, (uint16_t)guest->domid, import.refs,
			       part->count));
	run_in_guest(guest, &import.shared);
	import_close(&import);
	source_close(&source);
}

int main(int argc, char **argv)
{
	struct guest_pages pages;
	struct guest guest;
	unsigned int i;

	if (is_in_guest(argc, argv, &guest, &pages))
		return in_guest(&guest, &pages);
	guest_open(&guest);
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		check(&guest, "udmabuf", &parts[i]);
		check(&guest, "system", &parts[i]);
	}
	return CASE_PASS;
}
