// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 * mainline-spoils
 * platforms: pvh arm64
 *
 * An export with the old flag COHERENT ends while Xen gives the domain no frames. Nothing
 * is missing afterwards: none of the domain's memory was needed for it. Unpatched kernels
 * take memory for it and give that to Xen; what they do not get back goes to the page
 * allocator all the same, with no memory behind it. That is what MAINLINE=1 expects to
 * see, by the error injection of test-short-reservation. The first user of these pages
 * would bring Dom0 down. (On PVH that takes a kernel in which an old export is possible:
 * SERIES=1, see compat/old-export.)
 */
#include <inttypes.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "ram.h"
#include "short.h"

/* Few enough for what is free in the CMA area, many enough to be seen. */
#define PAGES		2025

static struct guest guest;
static struct guest_pages pages;

static int export_coherent(void)
{
	return old_export_pages(&guest, &pages, GNTDEV_OLD_FLAG_COHERENT);
}

static void end_without_frames_of_xen(int fd)
{
	short_increase(0);
	CHECK_OK(close(fd));
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	sleep_ms(500);
	short_increase(NOT_SHORT);
}

static int reproduce(uint64_t had, long were_free)
{
	uint64_t have = xen_pages();
	long are_free = free_pages();

	CHECK_EQ(have, had - PAGES);
	if (are_free < were_free - FREE_SLACK)
		FAIL("%ld pages fewer are free: they may be kept somewhere",
		     were_free - are_free);
	note("reproduced: Xen counts %u pages less, and all are free for use", PAGES);
	return CASE_PASS;
}

int main(void)
{
	uint64_t had;
	long were_free;
	int fd;

	short_begin();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	if (is_mainline() && xen_keeps_frames())
		SKIP("Xen's account does not tell: it keeps the frames of Dom0 on Arm");

	/* What is needed once is there after the first one. */
	fd = export_coherent();
	CHECK_OK(close(fd));
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	sleep_ms(500);

	had = xen_pages();
	were_free = free_pages();
	fd = export_coherent();
	end_without_frames_of_xen(fd);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	if (is_mainline())
		return reproduce(had, were_free);
	CHECK_EQ(xen_pages(), had);
	return CASE_PASS;
}
