// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh arm64
 * limit: 120
 *
 * The pieces of an export that a test device sees. On PVH a contiguous export is one piece, or as
 * few as the maximum length of a piece allows. A scattered export is many pieces. On arm64, devices
 * of Dom0 see the machine addresses of the guest's pages, which Xen has chosen. There, contiguous
 * frames do not change the pieces. The case only checks that all pages are present.
 */
#include "case.h"
#include "frames.h"
#include "guest.h"
#include "importer.h"

#define PAGES		2025	/* a 1920x1080 picture */
#define SEGMENT		(1U << 20)
#define SEGMENTS	8	/* of 256 pages, the last one not full */

static struct guest guest;
static struct guest_pages pages;
static int importer;

static struct importer_attach look(const struct export *export, uint32_t max_seg_size)
{
	struct importer_attach args = {
		.fd = export->fd,
		.max_seg_size = max_seg_size,
	};

	CHECK_OK(importer_attach(importer, &args));
	note("pieces of up to %u bytes: %u, the longest %llu bytes, starting at %#llx",
	     max_seg_size, args.nents, (unsigned long long)args.longest,
	     (unsigned long long)args.address);
	CHECK_EQ(args.total, PAGES * PAGE_BYTES);
	CHECK_EQ(args.orig_nents, args.nents);
	CHECK_EQ(args.length % PAGE_BYTES, 0);
	CHECK_EQ(args.address % PAGE_BYTES, 0);
	if (max_seg_size)
		CHECK(args.longest <= max_seg_size);
	return args;
}

static void check_one_piece(const struct export *export)
{
	struct importer_attach whole = look(export, 0);
	struct importer_attach parts = look(export, SEGMENT);
	struct importer_attach single = look(export, PAGE_BYTES);

	CHECK_EQ(whole.nents, 1);
	CHECK_EQ(whole.length, PAGES * PAGE_BYTES);
	CHECK_EQ(parts.nents, SEGMENTS);
	CHECK_EQ(parts.longest, SEGMENT);
	CHECK(parts.contiguous);
	CHECK_EQ(single.nents, PAGES);
	CHECK(single.contiguous);
}

/* Two orders of the references: the frames may be in order by chance once, but not both times. */
static void check_scattered(void)
{
	unsigned int swap, pieces = 0;

	for (swap = 0; swap < 2; swap++) {
		struct export export = export_shuffled(&guest, &pages, swap);
		struct importer_attach got = look(&export, 0);

		CHECK_EQ(got.nents == 1, got.contiguous);
		pieces += got.nents;
		export_close(&guest, &export);
	}
	CHECK(pieces > 2);
}

/* The same pages of the guest give the same pieces, whatever frames the export has. */
static void check_guests_pieces(const struct export *run)
{
	struct export other = export_shuffled(&guest, &pages, false);

	CHECK_EQ(look(run, 0).address, look(&other, 0).address);
	CHECK_EQ(look(run, PAGE_BYTES).nents, PAGES);
	export_close(&guest, &other);
}

int main(void)
{
	struct export run;

	frames_keep_cap();
	importer = importer_open();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);

	run = export_pages(&guest, &pages, GNTDEV_DMABUF_EXPORT_CONTIGUOUS);
	frames_set_cap(0);
	if (platform_is("arm64")) {
		check_guests_pieces(&run);
	} else {
		check_one_piece(&run);
		check_scattered();
	}
	export_close(&guest, &run);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
