// SPDX-License-Identifier: GPL-2.0
/*
 * Pages can be accessed in any order, first by a read or by a write. This also works after a part
 * of the mapping is unmapped, and with several mappings of one dma-buf.
 */
#include <sys/mman.h>

#include "case.h"
#include "guest.h"
#include "pattern.h"

#define PAGES	33

int main(void)
{
	struct scene scene;
	char *one, *two;
	uint32_t i;

	scene_open(&scene, PAGES, 0);
	one = export_map(&scene.export, PROT_READ | PROT_WRITE);
	two = export_map(&scene.export, PROT_READ | PROT_WRITE);
	CHECK(one != two);

	for (i = PAGES; i-- > 0;)
		CHECK(memory_is(one + i * PAGE_BYTES, i, 1, scene.pages.seed));
	/* 7 and 33 are coprime, so this covers every page. */
	for (i = 0; i < PAGES; i++) {
		uint32_t page = i * 7 % PAGES;

		pattern_fill(two + page * PAGE_BYTES, ~scene.pages.seed, page);
	}
	CHECK(memory_is(one, 0, PAGES, ~scene.pages.seed));
	CHECK_OK(munmap(two, scene.export.size));
	CHECK(guest_sees(&scene.guest, &scene.pages, 0, PAGES,
			 ~scene.pages.seed));
	CHECK(memory_is(one, 0, PAGES, ~scene.pages.seed));
	export_unmap(&scene.export, one);
	scene_close(&scene);
	return CASE_PASS;
}
