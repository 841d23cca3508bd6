// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv arm64 pvh-balloon pv-balloon arm64-balloon
 *
 * Memory that IMPORT refuses, whatever driver the dma-buf is from: segments that do not begin at
 * page boundaries or are too few, pages of another domain in a dma-buf that gntdev has not made,
 * peer-to-peer memory, and what a driver does not pin or map. The dma-buf is neither pinned nor
 * mapped afterwards, and nothing is charged.
 */
#include <unistd.h>

#include "case.h"
#include "exporter.h"
#include "import.h"
#include "quota.h"

#define PAGES	6

static struct guest guest;

/* @error: 0 if IMPORT succeeds. @length is its argument. */
static void check_length(struct exporter_make *args, uint64_t length, int error)
{
	struct gntdev_dmabuf_import import;
	uint32_t refs[PAGES];
	int exporter = exporter_open();

	REQUIRE(!exporter_make(exporter, args));
	import = gntdev_import_args(guest.domid, args->fd, refs, PAGES);
	import.length = length;
	if (error) {
		CHECK_ERRNO(gntdev_import(guest.gntdev, &import), error);
	} else {
		CHECK_OK(gntdev_import(guest.gntdev, &import));
		CHECK(!exporter_is_unused(exporter));
		CHECK_OK(gntdev_revoke(guest.gntdev, import.id));
		CHECK_OK(gntdev_wait(guest.gntdev, import.id, in_ms(1000)));
	}
	CHECK(exporter_is_unused(exporter));
	CHECK_EQ(imported_pages(), 0);
	CHECK_OK(close(args->fd));
	CHECK_OK(close(exporter));
}

static void check(struct exporter_make args, int error)
{
	check_length(&args, 0, error);
}

static void check_segments(void)
{
	struct exporter_make args = { .kind = EXPORTER_SHORT, .count = PAGES, .wrapped = -1 };

	check(args, EINVAL);
	check_length(&args, (PAGES - 1) * PAGE_BYTES, 0);
	args.kind = EXPORTER_HALVES;
	check(args, EINVAL);
	args.kind = EXPORTER_PAGES;
	check(args, 0);
}

static void check_driver(void)
{
	struct exporter_make args = { .count = PAGES, .wrapped = -1 };

	args.pin_errno = EBUSY;
	check(args, EBUSY);
	args.pin_errno = 0;
	args.map_errno = ENOMEM;
	check(args, ENOMEM);
	/* What the DMA API says of peer-to-peer memory. */
	args.map_errno = EREMOTEIO;
	check(args, EOPNOTSUPP);
}

/* A page of the guest's in a dma-buf of another driver. One page is always contiguous. */
static void check_foreign(void)
{
	struct exporter_make args = { .count = 1 };
	struct guest_pages pages;
	struct export export;

	guest_share(&guest, &pages, 1);
	export = export_pages(&guest, &pages, 0);
	args.wrapped = export.fd;
	check(args, EOPNOTSUPP);
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
}

/* Wrapping does not change what is RAM of the domain. */
static void check_wrapped_ram(void)
{
	struct exporter_make args = { .count = 1 };
	struct source source;

	source_open(&source, "cma", 1);
	args.wrapped = source.fd;
	check(args, 0);
	source_close(&source);
}

int main(void)
{
	guest_open(&guest);
	check_segments();
	check_driver();
	check_foreign();
	check_wrapped_ram();
	return CASE_PASS;
}
