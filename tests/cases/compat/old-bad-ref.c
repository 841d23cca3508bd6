// SPDX-License-Identifier: GPL-2.0
/*
 * The old export with a bad reference fails with EINVAL as ever, leaves no
 * descriptor and no grant mapped. Writable grants and unknown flag bits: as ever.
 */
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	5

int main(void)
{
	struct guest_pages pages;
	unsigned int fds;
	struct guest guest;
	uint32_t good;
	int fd;

	skip_on_pv();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	fds = count_fds();
	good = pages.refs[2];
	pages.refs[2] = REF_OUT_OF_RANGE;
	CHECK_ERRNO(gntdev_old_export(guest.gntdev, 0, guest.domid, pages.refs,
				      PAGES), EINVAL);
	CHECK_EQ(count_fds(), fds);
	pages.refs[2] = good;
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));

	fd = CHECK_OK(gntdev_old_export(guest.gntdev, 1U << 31, guest.domid,
					pages.refs, PAGES));
	CHECK_OK(close(fd));
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
