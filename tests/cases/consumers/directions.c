// SPDX-License-Identifier: GPL-2.0
/*
 * Directions of device accesses. A writable export can be mapped by a device that only reads, only
 * writes or does both. A READONLY export is refused to a device that only writes (EACCES). It can
 * be mapped for both directions, because many drivers request both and then only read.
 */
#include <unistd.h>

#include "case.h"
#include "frames.h"
#include "guest.h"
#include "importer.h"

#define PAGES	20

static int importer;

static int map_for(const struct export *export, uint32_t flags)
{
	struct importer_attach args = { .fd = export->fd, .flags = flags };
	int ret = importer_attach(importer, &args);

	if (!ret)
		CHECK_EQ(args.total, PAGES * PAGE_BYTES);
	return ret;
}

static void try_flags(struct guest *guest, struct guest_pages *pages, uint32_t flags)
{
	struct export export = export_pages(guest, pages, flags);

	CHECK_OK(map_for(&export, 0));
	CHECK_OK(map_for(&export, IMPORTER_READS));
	if (flags & GNTDEV_DMABUF_EXPORT_READONLY)
		CHECK_ERRNO(map_for(&export, IMPORTER_WRITES), EACCES);
	else
		CHECK_OK(map_for(&export, IMPORTER_WRITES));
	CHECK_EQ(export_query(guest, export.id).attachments, 0);
	export_close(guest, &export);
}

int main(void)
{
	struct guest_pages pages;
	struct guest guest;

	importer = importer_open();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	try_flags(&guest, &pages, 0);
	try_flags(&guest, &pages, GNTDEV_DMABUF_EXPORT_READONLY);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	close(importer);
	return CASE_PASS;
}
