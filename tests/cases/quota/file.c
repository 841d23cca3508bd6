// SPDX-License-Identifier: GPL-2.0
/*
 * The parameter export_limit_file: pages are exported up to it, one more is EDQUOT. What is
 * released or revoked is given back, and so is what failed. Another gntdev file has as
 * many. A limit that is lowered ends nothing.
 */
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "importer.h"
#include "quota.h"
#include "restore.h"

#define PAGES	64
#define LIMIT	40
#define HALF	20

static struct guest guest;
static struct guest_pages pages;

static int try_export(uint32_t first, uint32_t count, struct export *export)
{
	struct gntdev_dmabuf_export args;

	args = gntdev_export_args(guest.domid, pages.refs + first, count);
	if (gntdev_export(guest.gntdev, &args))
		return -1;
	*export = (struct export){ .fd = args.fd, .id = args.id, .size = count * PAGE_BYTES };
	return 0;
}

/* Is exactly this much left? */
static void check_left(uint32_t count)
{
	struct export export;

	CHECK_ERRNO(try_export(0, count + 1, &export), EDQUOT);
	CHECK_ERRNO(gntdev_old_export(guest.gntdev, 0, guest.domid, pages.refs, count + 1),
		    EDQUOT);
	if (!count)
		return;
	CHECK_OK(try_export(0, count, &export));
	CHECK_ERRNO(try_export(0, 1, &export), EDQUOT);
	export_close(&guest, &export);
}

static void check_failed_given_back(uint32_t left)
{
	struct gntdev_dmabuf_export args;
	uint32_t good = pages.refs[left - 1];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		args = gntdev_export_args(guest.domid, pages.refs, left);
		pages.refs[left - 1] = REF_OUT_OF_RANGE;
		CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EREMOTEIO);
		pages.refs[left - 1] = good;
		args.refs = 8;
		CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EFAULT);
		args.refs = (uintptr_t)pages.refs;
		args.status = 8;
		CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EFAULT);
	}
	check_left(left);
}

static void check_other_file(void)
{
	int first = guest.gntdev;

	guest.gntdev = gntdev_open();
	REQUIRE(guest.gntdev >= 0);
	check_left(LIMIT);
	close(guest.gntdev);
	guest.gntdev = first;
}

/* Its pages are exported for as long as a device holds on to them. */
static void check_revoked(struct export *export)
{
	int importer = importer_open();

	CHECK_OK(importer_hold(importer, export->fd, 0));
	export_revoke(&guest, export);
	export_is_held(&guest, export);
	check_left(0);
	CHECK_OK(importer_drop(importer));
	export_wait(&guest, export);
	check_left(HALF);
	export_close(&guest, export);
	check_left(HALF);
	close(importer);
}

int main(void)
{
	struct export one, two;

	keep_file(EXPORT_LIMIT_FILE);
	CHECK_EQ(read_long(EXPORT_LIMIT_FILE), 0);
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);

	write_long(EXPORT_LIMIT_FILE, LIMIT);
	CHECK_OK(try_export(0, HALF, &one));
	check_left(HALF);
	check_failed_given_back(HALF);
	/* The same pages twice are twice as many. */
	CHECK_OK(try_export(0, HALF, &two));
	check_left(0);
	check_other_file();
	check_revoked(&two);

	write_long(EXPORT_LIMIT_FILE, HALF - 1);
	check_left(0);
	CHECK_EQ(export_state(&guest, one.id), GNTDEV_DMABUF_STATE_LIVE);
	export_close(&guest, &one);
	check_left(HALF - 1);
	write_long(EXPORT_LIMIT_FILE, 0);
	CHECK_OK(try_export(0, PAGES, &one));
	export_close(&guest, &one);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
