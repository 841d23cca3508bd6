// SPDX-License-Identifier: GPL-2.0
/*
 * sysfs has the exact number of exported pages, in total and for each peer. It counts them from
 * EXPORT or the old ioctl until the release. It does not count failed exports.
 */
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "importer.h"
#include "quota.h"

#define PAGES	50
#define FEW	9

static struct guest guest;
static struct guest_pages pages;
static long before;

static void check_in_use(long count)
{
	CHECK_EQ(exported_pages(), before + count);
	CHECK_EQ(exported_pages_of(guest.domid), count);
}

static void check_failed(void)
{
	uint32_t good = pages.refs[FEW];
	struct gntdev_dmabuf_export args;

	args = gntdev_export_args(guest.domid, pages.refs, PAGES);
	pages.refs[FEW] = REF_OUT_OF_RANGE;
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EREMOTEIO);
	pages.refs[FEW] = good;
	check_in_use(0);
}

static void check_old(void)
{
	int fd = CHECK_OK(gntdev_old_export(guest.gntdev, 0, guest.domid, pages.refs, FEW));

	check_in_use(FEW);
	old_export_close(&guest, fd);
	check_in_use(0);
}

int main(void)
{
	struct export one, two;
	int importer;

	importer = importer_open();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	before = exported_pages();
	check_in_use(0);
	check_failed();

	one = export_pages(&guest, &pages, 0);
	check_in_use(PAGES);
	two = export_pages(&guest, &pages, GNTDEV_DMABUF_EXPORT_READONLY);
	check_in_use(2 * PAGES);
	export_close(&guest, &two);
	check_in_use(PAGES);

	CHECK_OK(importer_hold(importer, one.fd, 0));
	export_revoke(&guest, &one);
	export_is_held(&guest, &one);
	check_in_use(PAGES);
	CHECK_OK(importer_drop(importer));
	export_wait(&guest, &one);
	check_in_use(0);
	export_close(&guest, &one);
	check_in_use(0);
	check_old();
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	close(importer);
	return CASE_PASS;
}
