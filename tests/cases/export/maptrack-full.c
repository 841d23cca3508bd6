// SPDX-License-Identifier: GPL-2.0
/*
 * Xen's table of mappings is full. EXPORT fails with ENOSPC, and the old export with EINVAL. The
 * status array shows where the space ran out. Nothing stays mapped, and an export that fits works.
 * (This runs in the guest, which has a small table: max_maptrack_frames.)
 */
#include <stdlib.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "inguest.h"

#define SHARED	32
#define TIMES	70	/* Xen counts up to 127 mappings of a page */
#define COUNT	(SHARED * TIMES)
#define FITS	256	/* mappings in one frame of the table */

#define GNTST_NO_SPACE	(-13)

static uint32_t refs[COUNT];
static int16_t status[COUNT];

static unsigned int check_status(void)
{
	unsigned int i, good;

	for (good = 0; good < COUNT && !status[good]; good++)
		;
	CHECK(good >= FITS);
	CHECK(good < COUNT);
	for (i = good; i < COUNT; i++)
		CHECK_EQ(status[i], GNTST_NO_SPACE);
	return good;
}

static int in_guest(struct guest *dom0, struct guest_pages *pages)
{
	struct gntdev_dmabuf_export args;
	struct export export;
	unsigned int i, good = 0;

	guest_open_gntdev(dom0);
	for (i = 0; i < COUNT; i++)
		refs[i] = pages->refs[i % SHARED];

	/* Each turn has the same result, so the previous turn has unmapped everything. */
	for (i = 0; i < 3; i++) {
		args = gntdev_export_args(dom0->domid, refs, COUNT);
		args.status = (uintptr_t)status;
		CHECK_ERRNO(gntdev_export(dom0->gntdev, &args), ENOSPC);
		if (i)
			CHECK_EQ(check_status(), good);
		good = check_status();
		CHECK_ERRNO(gntdev_old_export(dom0->gntdev, 0, dom0->domid, refs, COUNT), EINVAL);
	}
	note("room for %u of %u mappings", good, COUNT);

	args = gntdev_export_args(dom0->domid, refs, good);
	CHECK_OK(gntdev_export(dom0->gntdev, &args));
	export = export_made(&args);
	export_close(dom0, &export);
	return CASE_PASS;
}

int main(int argc, char **argv)
{
	struct dom0_pages shared;
	struct guest_pages pages;
	struct guest guest;

	if (is_in_guest(argc, argv, &guest, &pages))
		return in_guest(&guest, &pages);
	guest_open(&guest);
	dom0_share(&guest, &shared, SHARED);
	run_in_guest(&guest, &shared);
	dom0_unshare(&shared);
	return CASE_PASS;
}
