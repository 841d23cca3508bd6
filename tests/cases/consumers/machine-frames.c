// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pv arm64
 * limit: 200
 *
 * On these platforms a device uses machine addresses. For each page of an export, it gets the
 * machine address that Xen reports for the grant. This also holds for two devices at once and for
 * scattered frames. A device that cannot address all of the pages gets EIO. It never gets a bounce
 * buffer, because that would be a copy.
 */
#include <stdlib.h>
#include <unistd.h>

#include "case.h"
#include "frames.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"

/* Mainline has limits of 64 pages (a segment of the pool) and 256. The last size is 16 MiB. */
static const uint32_t sizes[] = { 65, 256, 4096 };

/*
 * Larger buffers are mapped only once. On Arm, the time of a device mapping grows with the square
 * of the number of pages, because of Xen's cache maintenance.
 */
#define FEW	1024

/* On Arm the first device cannot address any of the guest's pages. The last one can address all. */
static const uint32_t address_bits[] = { 30, 31, 32, 40 };

static struct guest guest;

static void check_addresses(int dmabuf, const uint64_t *frames, uint32_t count)
{
	uint64_t *addresses = calloc(count, sizeof(*addresses));
	int importer = importer_open_again();
	uint32_t i;

	REQUIRE(addresses);
	CHECK_OK(importer_hold(importer, dmabuf, 0));
	CHECK_OK(importer_addresses(importer, addresses, count));
	for (i = 0; i < count; i++)
		CHECK_EQ(addresses[i], frames[i] * PAGE_BYTES);
	close(importer);
	free(addresses);
}

static void check_two_devices(const struct export *export, const uint64_t *frames,
			      uint32_t count)
{
	int other = importer_open_again();

	CHECK_OK(importer_hold(other, export->fd, 0));
	check_addresses(export->fd, frames, count);
	CHECK_EQ(export_query(&guest, export->id).attachments, 1);
	CHECK_OK(importer_drop(other));
	CHECK_EQ(export_query(&guest, export->id).attachments, 0);
	close(other);
}

static uint64_t last_byte(const uint64_t *frames, uint32_t count)
{
	uint64_t highest = 0;
	uint32_t i;

	for (i = 0; i < count; i++)
		if (frames[i] > highest)
			highest = frames[i];
	return (highest + 1) * PAGE_BYTES - 1;
}

static void check_reach(const struct export *export, const uint64_t *frames, uint32_t count,
			uint32_t bits, uint32_t max_seg_size)
{
	struct importer_attach args = {
		.fd = export->fd,
		.max_seg_size = max_seg_size,
		.dma_bits = bits,
	};
	bool reached = !(last_byte(frames, count) >> bits);
	int importer = importer_open_again();

	if (!reached) {
		CHECK_ERRNO(importer_attach(importer, &args), EIO);
	} else if (count <= FEW) {
		CHECK_OK(importer_attach(importer, &args));
		CHECK_EQ(args.address, frames[0] * PAGE_BYTES);
		CHECK_EQ(args.total, count * PAGE_BYTES);
	}
	CHECK_EQ(export_query(&guest, export->id).attachments, 0);
	close(importer);
}

static void check_export(const struct export *export, const struct guest_pages *pages,
			 uint64_t *frames)
{
	unsigned int i;

	hv_frames(guest.domid, pages->refs, pages->count, frames);
	note("%u pages, the last byte at %#llx", pages->count,
	     (unsigned long long)last_byte(frames, pages->count));
	if (pages->count <= FEW)
		check_two_devices(export, frames, pages->count);
	for (i = 0; i < ARRAY_SIZE(address_bits); i++) {
		check_reach(export, frames, pages->count, address_bits[i], 0);
		check_reach(export, frames, pages->count, address_bits[i], PAGE_BYTES);
	}
	/* The export still works after the refusals. */
	check_addresses(export->fd, frames, pages->count);
}

/* A mapping shows new data of the guest, so the mapped pages are the guest's own. */
static void check_fresh(const struct export *export, struct guest_pages *pages)
{
	int importer = importer_open_again();
	uint64_t seen;

	CHECK_OK(importer_hold(importer, export->fd, IMPORTER_VMAP));
	guest_refill(&guest, pages);
	guest_poke(&guest, pages, pages->count - 1, 3, 0x1234567890abcdefULL);
	CHECK_OK(importer_read(importer, (pages->count - 1) * PAGE_BYTES + 24, &seen, 8));
	CHECK_EQ(seen, 0x1234567890abcdefULL);
	close(importer);
}

static void try_size(uint32_t count)
{
	uint64_t *frames = calloc(count, sizeof(*frames));
	struct guest_pages pages;
	struct export export;

	REQUIRE(frames);
	guest_share(&guest, &pages, count);
	export = export_pages(&guest, &pages, GNTDEV_DMABUF_EXPORT_CONTIGUOUS);
	check_export(&export, &pages, frames);
	check_fresh(&export, &pages);
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	free(frames);
}

/* The addresses of the pages in this domain do not matter to the device. */
static void try_scattered(uint32_t count)
{
	uint64_t *frames = calloc(count, sizeof(*frames));
	struct guest_pages pages;
	struct export export;

	REQUIRE(frames);
	guest_share(&guest, &pages, count);
	frames_set_cap(0);
	export = export_shuffled(&guest, &pages, false);
	check_export(&export, &pages, frames);
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	free(frames);
}

int main(void)
{
	unsigned int i;

	frames_keep_cap();
	close(importer_open());
	guest_open(&guest);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		try_size(sizes[i]);
	try_scattered(sizes[1]);
	return CASE_PASS;
}
