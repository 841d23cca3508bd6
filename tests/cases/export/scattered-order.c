// SPDX-License-Identifier: GPL-2.0
/*
 * The dma-buf's pages have the order of the references, which need not be the order in which they
 * were granted. The same reference can occur twice.
 */
#include <sys/mman.h>

#include "case.h"
#include "guest.h"

#define PAGES	16

int main(void)
{
	struct gntdev_dmabuf_export args;
	uint32_t refs[PAGES + 1], i;
	struct guest_pages pages;
	struct export export;
	struct guest guest;
	volatile uint64_t *first, *second;
	char *memory;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	for (i = 0; i < PAGES; i++)
		refs[i] = pages.refs[PAGES - 1 - i];
	refs[PAGES] = pages.refs[0];

	args = gntdev_export_args(guest.domid, refs, PAGES + 1);
	CHECK_OK(gntdev_export(guest.gntdev, &args));
	export = export_made(&args);
	memory = export_map(&export, PROT_READ | PROT_WRITE);
	for (i = 0; i < PAGES; i++)
		CHECK(memory_is(memory + i * PAGE_BYTES, PAGES - 1 - i, 1,
				pages.seed));
	CHECK(memory_is(memory + PAGES * PAGE_BYTES, 0, 1, pages.seed));

	/* Both places are the same page. */
	first = (uint64_t *)(memory + (PAGES - 1) * PAGE_BYTES);
	second = (uint64_t *)(memory + PAGES * PAGE_BYTES);
	first[5] = 0x1234;
	CHECK_EQ(second[5], 0x1234);
	CHECK_EQ(guest_peek(&guest, &pages, 0, 5), 0x1234);

	export_unmap(&export, memory);
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
