// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: arm64
 *
 * The hypercall fails as a whole, without a look at the references (test-faults simulates this).
 * EXPORT fails with EIO and leaves nothing behind. The next EXPORT works.
 */
#include "case.h"
#include "faults.h"
#include "guest.h"
#include "hv.h"

#define PAGES	150	/* three batches */

int main(void)
{
	struct gntdev_dmabuf_export args;
	struct guest_pages pages;
	struct export export;
	struct guest guest;
	unsigned int fds;

	faults_begin();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	args = gntdev_export_args(guest.domid, pages.refs, PAGES);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	fds = count_fds();

	fault_set(FAULT_MAP_REFUSED, 1);
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EIO);
	CHECK_EQ(count_fds(), fds);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);

	export = export_pages(&guest, &pages, 0);
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
