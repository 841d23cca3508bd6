// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh arm64
 *
 * With the flags WC and COHERENT, the old export previously took its frames from RAM. Now the
 * frames are a run if one is free, else scattered frames, and no RAM is taken.
 */
#include <unistd.h>

#include "case.h"
#include "frames.h"
#include "guest.h"
#include "hv.h"
#include "ram.h"

#define PAGES	2025

static const uint32_t flags[] = { GNTDEV_OLD_FLAG_WC, GNTDEV_OLD_FLAG_COHERENT };

static struct guest guest;
static struct guest_pages pages;

static void close_and_wait(int fd)
{
	old_export_close(&guest, fd);
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
}

/* @run: the number of frames that the export must take from the pool of runs */
static void try_flags(uint32_t which, unsigned int run)
{
	unsigned long used = frames_used();
	struct ram before;
	int fd;

	ram_look(&before);
	fd = gntdev_old_export(guest.gntdev, which, guest.domid, pages.refs, PAGES);
	if (fd < 0)
		FAIL("the old export with flags %#x: errno %d (%m)", which, errno);
	CHECK_EQ(frames_used(), used + run);
	ram_wait_back(&before, 0);
	close_and_wait(fd);
	CHECK_EQ(frames_used(), used);
	ram_wait_back(&before, 0);
}

int main(void)
{
	unsigned int i;

	frames_keep_cap();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		try_flags(flags[i], PAGES);
	frames_set_cap(0);
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		try_flags(flags[i], 0);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
