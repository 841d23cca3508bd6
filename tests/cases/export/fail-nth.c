// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 120
 *
 * Each allocation of EXPORT fails once. EXPORT then fails, or works without that memory. A failed
 * EXPORT leaves neither a descriptor nor a mapped grant behind. (Needs the debug kernel.)
 */
#include <unistd.h>

#include "case.h"
#include "fail-nth.h"
#include "guest.h"
#include "hv.h"

#define PAGES		70	/* more than one batch */

static struct guest guest;
static struct gntdev_dmabuf_export args;

static int export_once(void)
{
	return gntdev_export(guest.gntdev, &args);
}

static bool is_expected(int err)
{
	/* On Arm the p2m entries are allocated after the hypercall. */
	return !err || err == ENOMEM ||
	       (err == EREMOTEIO && platform_is("arm64"));
}

int main(void)
{
	unsigned int n, failed = 0, fds;
	struct guest_pages pages;
	int err;

	fail_nth_begin();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	fds = count_fds();

	for (n = 1;; n++) {
		args = gntdev_export_args(guest.domid, pages.refs, PAGES);
		if (!fail_nth(n, export_once, &err))
			break;
		if (!is_expected(err))
			FAIL("failure of allocation %u: errno %d (%s)", n, err,
			     strerror(err));
		if (err) {
			failed++;
		} else {
			CHECK_OK(close(args.fd));
			CHECK_OK(gntdev_wait(guest.gntdev, args.id, in_ms(5000)));
		}
		CHECK_EQ(count_fds(), fds);
	}
	note("%u allocations, %u of them indispensable", n - 1, failed);
	/* In the last call no allocation failed. */
	CHECK_EQ(err, 0);
	CHECK_OK(close(args.fd));
	CHECK_OK(gntdev_wait(guest.gntdev, args.id, in_ms(5000)));
	/* At least the export itself, the entry of its id and its file are indispensable. */
	CHECK(failed >= 5);
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
