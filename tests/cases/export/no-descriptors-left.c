// SPDX-License-Identifier: GPL-2.0
/*
 * EXPORT fails with EMFILE in a process without a free descriptor, and no grant stays mapped.
 */
#include <sys/resource.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	4

int main(void)
{
	struct gntdev_dmabuf_export args;
	struct rlimit limit, none;
	struct guest_pages pages;
	struct export export;
	struct guest guest;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	args = gntdev_export_args(guest.domid, pages.refs, PAGES);

	REQUIRE(!getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = 3;
	REQUIRE(!setrlimit(RLIMIT_NOFILE, &none));
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EMFILE);
	REQUIRE(!setrlimit(RLIMIT_NOFILE, &limit));
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));

	export = export_pages(&guest, &pages, 0);
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
