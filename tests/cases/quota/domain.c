// SPDX-License-Identifier: GPL-2.0
/*
 * The parameter export_limit_domain limits the exported pages of each peer. It counts those of all
 * gntdev files, also of closed ones. Other peers are not affected.
 */
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "quota.h"
#include "restore.h"

#define PAGES		64
#define LIMIT		40
#define PART		15
#define NO_SUCH_DOMAIN	0x7fefU

static struct guest guest;
static struct guest_pages pages;

static int try_export(int gntdev, uint32_t count, struct export *export)
{
	struct gntdev_dmabuf_export args;

	args = gntdev_export_args(guest.domid, pages.refs, count);
	if (gntdev_export(gntdev, &args))
		return -1;
	*export = export_made(&args);
	return 0;
}

/* Checks that exactly @count more pages can be exported, on this gntdev file and on a new one. */
static void check_left(int gntdev, uint32_t count)
{
	int new_file = gntdev_open();
	struct export export;

	REQUIRE(new_file >= 0);
	CHECK_ERRNO(try_export(gntdev, count + 1, &export), EDQUOT);
	CHECK_ERRNO(try_export(new_file, count + 1, &export), EDQUOT);
	if (count) {
		CHECK_OK(try_export(new_file, count, &export));
		CHECK_OK(close(export.fd));
		CHECK_OK(gntdev_wait(new_file, export.id, in_ms(5000)));
	}
	close(new_file);
}

/* The pages of another domain are within its own limit. That domain does not exist. */
static void check_other_domain(void)
{
	struct gntdev_dmabuf_export args;

	args = gntdev_export_args(NO_SUCH_DOMAIN, pages.refs, LIMIT);
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EREMOTEIO);
	args.count = LIMIT + 1;
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EDQUOT);
	CHECK_EQ(exported_pages_of(NO_SUCH_DOMAIN), 0);
}

int main(void)
{
	struct export one, two;
	int second;

	keep_file(EXPORT_LIMIT_DOMAIN);
	CHECK_EQ(read_long(EXPORT_LIMIT_DOMAIN), 0);
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	second = gntdev_open();
	REQUIRE(second >= 0);

	write_long(EXPORT_LIMIT_DOMAIN, LIMIT);
	CHECK_OK(try_export(guest.gntdev, PART, &one));
	check_left(second, LIMIT - PART);
	CHECK_OK(try_export(second, LIMIT - PART, &two));
	check_left(second, 0);
	check_left(guest.gntdev, 0);
	check_other_domain();

	CHECK_OK(close(second));
	check_left(guest.gntdev, 0);
	CHECK_OK(close(two.fd));
	CHECK(WITHIN_MS(5000, exported_pages_of(guest.domid) == PART));
	check_left(guest.gntdev, LIMIT - PART);
	export_close(&guest, &one);
	check_left(guest.gntdev, LIMIT);

	write_long(EXPORT_LIMIT_DOMAIN, 0);
	CHECK_OK(try_export(guest.gntdev, PAGES, &one));
	export_close(&guest, &one);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
