// SPDX-License-Identifier: GPL-2.0
/*
 * Invalid domain ids: reserved ids and ids with more than 16 bits are EINVAL, also if the low 16
 * bits are the right domain. The id of a domain that does not exist is EREMOTEIO.
 */
#include "case.h"
#include "guest.h"

#define PAGES		3
#define NO_SUCH_DOMAIN	0x7fefU

int main(void)
{
	static const uint32_t reserved[] = {
		0x7ff0, 0x7ff1, 0x7ff2, 0x7ff4, 0x7fff, 0x8000, 0xffff,
		0x10000, 0xffffffff,
	};
	struct gntdev_dmabuf_export args;
	int16_t status[PAGES] = { 0 };
	struct guest_pages pages;
	struct export export;
	struct guest guest;
	unsigned int i, fds;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	fds = count_fds();
	args = gntdev_export_args(guest.domid, pages.refs, PAGES);

	for (i = 0; i < ARRAY_SIZE(reserved); i++) {
		args.domid = reserved[i];
		CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EINVAL);
	}
	args.domid = guest.domid | 0x10000;
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EINVAL);

	args.domid = NO_SUCH_DOMAIN;
	args.status = (uintptr_t)status;
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EREMOTEIO);
	for (i = 0; i < PAGES; i++)
		CHECK(status[i] < 0);
	CHECK_EQ(count_fds(), fds);

	export = export_pages(&guest, &pages, 0);
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
