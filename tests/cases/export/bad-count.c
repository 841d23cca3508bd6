// SPDX-License-Identifier: GPL-2.0
/*
 * A count of 0 is EINVAL. Any count above the module's limit is EDQUOT, and the references are not
 * read.
 */
#include "case.h"
#include "guest.h"

#define LIMIT	"/sys/module/xen_gntdev/parameters/limit"

int main(void)
{
	struct gntdev_dmabuf_export args;
	struct guest_pages pages;
	struct export export;
	struct guest guest;
	unsigned int i, fds;
	uint32_t over[4];

	guest_open(&guest);
	guest_share(&guest, &pages, 1);
	fds = count_fds();
	args = gntdev_export_args(guest.domid, pages.refs, 0);
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EINVAL);

	over[0] = (uint32_t)read_long(LIMIT) + 1;
	over[1] = 0x80000000;
	over[2] = 0xffffffff;
	over[3] = 0x40000001;	/* times 4 is 4 in 32 bits */
	for (i = 0; i < ARRAY_SIZE(over); i++) {
		args.count = over[i];
		CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EDQUOT);
	}
	CHECK_EQ(count_fds(), fds);

	export = export_pages(&guest, &pages, 0);
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
