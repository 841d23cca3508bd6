// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pv
 *
 * In a PV domain EXPORT says that it is not available, and does nothing.
 */
#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	4

int main(void)
{
	struct gntdev_dmabuf_export args;
	struct guest_pages pages;
	struct guest guest;
	unsigned int fds;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	fds = count_fds();
	args = gntdev_export_args(guest.domid, pages.refs, PAGES);
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EOPNOTSUPP);
	args.flags = GNTDEV_DMABUF_FLAG_READONLY;
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EOPNOTSUPP);
	CHECK_EQ(count_fds(), fds);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
