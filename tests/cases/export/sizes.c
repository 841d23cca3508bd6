// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 150
 *
 * Exports of many sizes: around 256 pages, which is a typical size of a batch or directory, and up
 * to a 1920x1080 picture. Dom0 reads and writes each page, and the guest checks each page.
 */
#include <stdio.h>
#include <sys/mman.h>

#include "case.h"
#include "guest.h"
#include "pattern.h"

static const uint32_t sizes[] = {
	1, 2, 3, 127, 128, 255, 256, 257, 511, 512, 513, 1023, 1024, 2025,
};

static void try_size(struct guest *guest, uint32_t count)
{
	struct guest_pages pages;
	struct export export;
	char *memory;
	uint32_t i;

	guest_share(guest, &pages, count);
	export = export_pages(guest, &pages, 0);
	memory = export_map(&export, PROT_READ | PROT_WRITE);
	CHECK(memory_is(memory, 0, count, pages.seed));
	for (i = 0; i < count; i++)
		pattern_fill(memory + i * PAGE_BYTES, ~pages.seed, i);
	CHECK(guest_sees(guest, &pages, 0, count, ~pages.seed));
	export_unmap(&export, memory);
	export_close(guest, &export);
	CHECK_EQ(guest_unshare(guest, &pages), 0);
}

int main(void)
{
	struct guest guest;
	unsigned int i;

	guest_open(&guest);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		note("%u pages", sizes[i]);
		try_size(&guest, sizes[i]);
	}
	return CASE_PASS;
}
