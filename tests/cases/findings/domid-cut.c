// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 *
 * A domain id has 16 bits, and the old export refuses a larger one. Unpatched kernels truncate it
 * and export pages of the domain with the remaining bits as its id. MAINLINE=1 expects this.
 */
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	4

int main(void)
{
	struct guest_pages pages;
	struct guest guest;
	uint32_t wrong;
	int fd;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	old_export_close(&guest, old_export_pages(&guest, &pages, 0));
	wrong = guest.domid | 1U << 16;
	if (is_mainline()) {
		fd = CHECK_OK(gntdev_old_export(guest.gntdev, 0, wrong, pages.refs, PAGES));
		CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), PAGES);
		note("reproduced: pages of domain %u exported as those of %u", guest.domid,
		     wrong);
		old_export_close(&guest, fd);
	} else {
		CHECK_ERRNO(gntdev_old_export(guest.gntdev, 0, wrong, pages.refs, PAGES),
			    EINVAL);
	}
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
