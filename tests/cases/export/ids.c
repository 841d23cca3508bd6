// SPDX-License-Identifier: GPL-2.0
/*
 * Exports that live at the same time have different ids, also if they have the same pages. An id is
 * never 0 and is never reused after the release. Each gntdev file has its own ids.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"

#define PAGES	4
#define TIMES	32

int main(void)
{
	uint64_t seen[TIMES], before;
	struct export one, two;
	struct guest_pages pages;
	struct guest guest;
	unsigned int i, j;
	void *memory;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);

	one = export_pages(&guest, &pages, 0);
	two = export_pages(&guest, &pages, 0);
	CHECK(one.fd != two.fd);
	CHECK(one.id != two.id);
	before = two.id > one.id ? two.id : one.id;

	/* The end of one export does not end the other. */
	export_close(&guest, &one);
	CHECK_EQ(export_state(&guest, two.id), GNTDEV_DMABUF_STATE_LIVE);
	memory = export_map(&two, PROT_READ);
	CHECK(memory_is(memory, 0, PAGES, pages.seed));
	export_unmap(&two, memory);
	export_close(&guest, &two);

	for (i = 0; i < TIMES; i++) {
		one = export_pages(&guest, &pages, 0);
		seen[i] = one.id;
		CHECK(one.id > before);
		for (j = 0; j < i; j++)
			CHECK(seen[j] != one.id);
		export_close(&guest, &one);
	}

	/* The ids of one file are unknown to another. */
	guest_close_gntdev(&guest);
	guest_open_gntdev(&guest);
	CHECK_ERRNO(gntdev_wait(guest.gntdev, seen[0], 0), ENOENT);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
