// SPDX-License-Identifier: GPL-2.0
/*
 * Where the data lies is kept for QUERY if it lies within the pages, and EINVAL
 * otherwise, also where offset plus length wraps round.
 */
#include "case.h"
#include "guest.h"

#define PAGES	4
#define SIZE	(PAGES * PAGE_BYTES)

static const struct {
	uint64_t offset, length;
	bool good;
	uint64_t length_out;
} ranges[] = {
	{ 0, 0, true, SIZE },
	{ 0, SIZE, true, SIZE },
	{ 100, 0, true, SIZE - 100 },
	{ 100, 1000, true, 1000 },
	{ SIZE - 1, 1, true, 1 },
	{ SIZE - 1, 0, true, 1 },
	{ 0, SIZE + 1, false, 0 },
	{ 1, SIZE, false, 0 },
	{ SIZE - 1, 2, false, 0 },
	{ SIZE + 1, 0, false, 0 },
	{ ~0ULL, 0, false, 0 },
	{ ~0ULL, 2, false, 0 },
	{ 1, ~0ULL, false, 0 },
	{ SIZE, ~0ULL, false, 0 },
};

int main(void)
{
	struct gntdev_dmabuf_export args;
	struct gntdev_dmabuf_query answer;
	struct guest_pages pages;
	struct export export;
	struct guest guest;
	unsigned int i;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		note("offset %#llx length %#llx",
		     (unsigned long long)ranges[i].offset,
		     (unsigned long long)ranges[i].length);
		args = gntdev_export_args(guest.domid, pages.refs, PAGES);
		args.data_offset = ranges[i].offset;
		args.data_length = ranges[i].length;
		if (!ranges[i].good) {
			CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EINVAL);
			continue;
		}
		CHECK_OK(gntdev_export(guest.gntdev, &args));
		CHECK_OK(gntdev_query(guest.gntdev, args.id, &answer));
		CHECK_EQ(answer.data_offset, ranges[i].offset);
		CHECK_EQ(answer.data_length, ranges[i].length_out);
		export = (struct export){ .fd = args.fd, .id = args.id };
		export_close(&guest, &export);
	}
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
