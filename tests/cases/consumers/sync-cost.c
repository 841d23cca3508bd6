// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: arm64
 * limit: 120
 *
 *   sync-cost [PAGES]
 *
 * The guest chooses the references of the pages that it shares. An access by the CPU
 * (DMA_BUF_IOCTL_SYNC) to an export that a device has mapped holds dma_resv while caches are
 * maintained, and takes no longer for references at the high end of a large grant table than
 * for those at the low end. (Only on Arm does the test device need a sync. The emulated machine has
 * no caches, so this is the time of the software alone.)
 */
#include <linux/dma-buf.h>
#include <stdlib.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "importer.h"

/* References of the guest. It must have memory for them with a debug kernel as well. */
#define SHARED		4000U
#define PAGES		200U

/* The result is the shortest of these syncs, because other tasks disturb it least. */
#define REPETITIONS	10

/* The factor by which two equal times may differ. */
#define TOLERANCE	4

/**
 * struct cost - the shortest times, in nanoseconds
 * @begin: the sync at the start of an access
 * @end: the sync at its end
 */
struct cost {
	uint64_t begin, end;
};

static struct guest guest;
static uint32_t pages = PAGES;

static uint64_t time_sync(const struct export *export, uint64_t flags)
{
	uint64_t start = now_ns();

	CHECK_OK(dmabuf_sync(export->fd, flags | DMA_BUF_SYNC_RW));
	return now_ns() - start;
}

static uint64_t shorter(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static struct cost measure(int importer, uint32_t *refs, const char *where)
{
	const struct guest_pages some = { .refs = refs, .count = pages };
	struct export export = export_pages(&guest, &some, 0);
	struct cost cost = { UINT64_MAX, UINT64_MAX };
	unsigned int i;

	CHECK_OK(importer_hold(importer, export.fd, 0));
	for (i = 0; i < REPETITIONS; i++) {
		cost.begin = shorter(cost.begin, time_sync(&export, DMA_BUF_SYNC_START));
		cost.end = shorter(cost.end, time_sync(&export, DMA_BUF_SYNC_END));
	}
	CHECK_OK(importer_drop(importer));
	export_close(&guest, &export);
	note("%u pages, references %u to %u (%s): begin %llu ns per page, end %llu", pages,
	     refs[0], refs[pages - 1], where, (unsigned long long)(cost.begin / pages),
	     (unsigned long long)(cost.end / pages));
	return cost;
}

static int compare_refs(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, two = *(const uint32_t *)b;

	return (one > two) - (one < two);
}

int main(int argc, char **argv)
{
	int importer = importer_open();
	struct guest_pages all;
	struct cost low, high;

	if (argc > 1)
		pages = (uint32_t)strtoul(argv[1], NULL, 10);
	REQUIRE(pages > 0 && pages <= SHARED / 2);
	guest_open(&guest);
	guest_share(&guest, &all, SHARED);
	qsort(all.refs, all.count, sizeof(all.refs[0]), compare_refs);

	low = measure(importer, all.refs, "low");
	high = measure(importer, all.refs + SHARED - pages, "high");
	CHECK(high.begin <= low.begin * TOLERANCE);
	CHECK(high.end <= low.end * TOLERANCE);

	close(importer);
	CHECK_EQ(guest_unshare(&guest, &all), 0);
	return CASE_PASS;
}
