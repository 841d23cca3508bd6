// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 * mainline-spoils
 * platforms: pvh arm64
 *
 * An export with the old flag COHERENT ends while Xen gives the domain no frames
 * (test-short-reservation injects this error). No memory is missing afterwards, because the export
 * took none. Unpatched kernels take memory for the export and return it to Xen. If Xen does not
 * give it back, they still free its pages to the page allocator, although no memory backs them.
 * MAINLINE=1 expects this. The first use of these pages would crash Dom0. (On PVH this needs a
 * kernel in which an old export works: SERIES=1, see compat/old-export.)
 */
#include <inttypes.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "ram.h"
#include "short.h"

/* Few enough for the free memory of the CMA area, and many enough to show in the figures. */
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
		FAIL("%ld fewer pages are free: the kernel may keep them",
		     were_free - are_free);
	note("reproduced: Xen counts %u fewer pages, but the kernel counts all as free", PAGES);
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
		SKIP("Xen's count does not show the fault: on Arm, Xen keeps the frames of Dom0");

	/* The first export allocates what is needed only once. */
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
