// SPDX-License-Identifier: GPL-2.0
/*
 * Plain mappings of grants by gntdev, which other programs in the domain need, work as before:
 * read, write, unmap, a bad reference.
 */
#include <sys/mman.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "pattern.h"

#define PAGES	40

int main(void)
{
	struct guest_pages pages;
	struct guest guest;
	uint64_t index;
	char *memory;
	uint32_t i;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	memory = CHECK_OK(gntdev_map(guest.gntdev, guest.domid, pages.refs, PAGES,
				     PROT_READ | PROT_WRITE, &index));
	CHECK(memory_is(memory, 0, PAGES, pages.seed));
	for (i = 0; i < PAGES; i++)
		pattern_fill(memory + i * PAGE_BYTES, ~pages.seed, i);
	CHECK(guest_sees(&guest, &pages, 0, PAGES, ~pages.seed));
	CHECK_OK(gntdev_unmap(guest.gntdev, memory, PAGES, index));
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));

	pages.refs[PAGES / 2] = REF_OUT_OF_RANGE;
	CHECK_ERRNO(gntdev_map(guest.gntdev, guest.domid, pages.refs, PAGES,
			       PROT_READ | PROT_WRITE, &index), EINVAL);
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
