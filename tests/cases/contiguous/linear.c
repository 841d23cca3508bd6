// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv arm64 pvh-balloon arm64-balloon pv-balloon
 *
 * Grants are mapped onto a run. The kernel reads the guest's pages in order at the run's address in
 * the linear mapping, and also what the guest writes later. After a bad reference nothing is
 * mapped. At the end the guest can end all its grants.
 */
#include "case.h"
#include "frames.h"
#include "guest.h"
#include "hv.h"

#define PAGES	300
#define BAD	150

static char seen[PAGES * PAGE_BYTES];

static void check_across_pages(int fd, const struct frames_run *run)
{
	char piece[40];
	uint64_t offset;

	for (offset = PAGE_BYTES - 20; offset < sizeof(seen) - 40; offset += PAGE_BYTES) {
		CHECK_OK(frames_read(fd, run, offset, piece, sizeof(piece)));
		CHECK(!memcmp(piece, seen + offset, sizeof(piece)));
	}
}

static void check_poke(int fd, const struct frames_run *run, struct guest *guest,
		       struct guest_pages *pages, uint32_t page)
{
	uint64_t value = 0x1122334455667788ULL * (page + 1), got;

	guest_poke(guest, pages, page, 7, value);
	CHECK_OK(frames_read(fd, run, page * PAGE_BYTES + 7 * sizeof(got), &got,
			     sizeof(got)));
	CHECK_EQ(got, value);
}

static void check_bad_ref(int fd, const struct frames_run *run, struct guest *guest,
			  struct guest_pages *pages)
{
	uint32_t good = pages->refs[BAD];

	pages->refs[BAD] = REF_OUT_OF_RANGE;
	CHECK_ERRNO(frames_map(fd, run, guest->domid, pages->refs), EREMOTEIO);
	pages->refs[BAD] = good;
	CHECK_EQ(hv_mapped(guest->domid, pages->refs, PAGES), 0);
}

int main(void)
{
	struct guest_pages pages;
	unsigned long used_before;
	struct frames_run run;
	struct guest guest;
	int fd;

	fd = frames_open();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	used_before = frames_used();
	CHECK_OK(frames_alloc(fd, PAGES, &run));

	check_bad_ref(fd, &run, &guest, &pages);
	CHECK_OK(frames_map(fd, &run, guest.domid, pages.refs));
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), PAGES);
	CHECK_OK(frames_read(fd, &run, 0, seen, sizeof(seen)));
	CHECK(memory_is(seen, 0, PAGES, pages.seed));
	check_across_pages(fd, &run);
	check_poke(fd, &run, &guest, &pages, 0);
	check_poke(fd, &run, &guest, &pages, PAGES - 1);

	CHECK_OK(frames_unmap(fd, &run));
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	CHECK_OK(frames_free(fd, &run));
	CHECK_EQ(frames_used(), used_before);
	return CASE_PASS;
}
