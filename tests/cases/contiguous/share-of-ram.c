// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh-balloon arm64-balloon pv-balloon
 *
 * Where there is no region, the old ioctl's flags take a run of RAM from half of what the cap
 * allows, and scattered frames beyond that. GNTDEV_DMABUF_EXPORT_CONTIGUOUS can take all of it.
 * An export that asks for nothing takes no run.
 */
#include <unistd.h>

#include "case.h"
#include "frames.h"
#include "guest.h"

#define CAP_MB		2
#define PAGES		(CAP_MB * FRAMES_PER_MB / 2 + 1)
#define OLD_COHERENT	(1U << 1)

static struct guest guest;
static struct guest_pages pages;

static void check_old(unsigned int count, unsigned long taken)
{
	unsigned long before = frames_used();
	int dmabuf = CHECK_OK(gntdev_old_export(guest.gntdev, OLD_COHERENT, guest.domid,
						pages.refs, count));

	CHECK_EQ(frames_used(), before + taken);
	old_export_close(&guest, dmabuf);
}

static void check_export(uint32_t flags, unsigned long taken)
{
	unsigned long before = frames_used();
	struct export export = export_pages(&guest, &pages, flags);

	CHECK_EQ(frames_used(), before + taken);
	export_close(&guest, &export);
}

int main(void)
{
	frames_open();
	frames_set_cap(CAP_MB);
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	REQUIRE(!frames_used());

	check_old(PAGES - 1, PAGES - 1);
	check_old(PAGES, 0);
	check_export(GNTDEV_DMABUF_EXPORT_CONTIGUOUS, PAGES);
	check_export(0, 0);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
