// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: arm64
 * spoils
 *
 * An access by the CPU (DMA_BUF_IOCTL_SYNC) syncs each device that has mapped the export: for the
 * CPU at the start, for the device at the end. The trace events of DMA show this. A READONLY export
 * is always mapped for reading only. Without a device there is nothing to sync.
 *
 * The caches of each page are maintained once, by instructions on the frame of the export and
 * without a hypercall. (In a domain, an instruction that invalidates a cache line cleans it first.
 * This case cannot show that, because the emulated machine has no caches.)
 *
 * A driver may sync by the DMA address alone. Then the kernel does not know the page and calls Xen,
 * with one hypercall for each page. It must not mistake the machine frame for one of its own, even
 * if Dom0 has unpopulated address space with the same frame number. So the case allocates all such
 * address space that it can get, and this space is not returned. (Only on Arm does the test device
 * need a sync. test-faults counts the pages.)
 */
#include <linux/dma-buf.h>
#include <stdlib.h>
#include <unistd.h>

#include "case.h"
#include "faults.h"
#include "frames.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"
#include "trace.h"

#define SHARED	300
#define PAGES	100	/* the shared pages that are used: more than one batch */
#define DEVICE	"xen-test-importer "

/* 128 MiB of address space, and the number of them that the default limit allows. */
#define SECTION_FRAMES	32768
#define MOST_SECTIONS	8

static struct guest guest;
static struct guest_pages pages;

struct sync {
	const char *event;
	const char *direction;
};

/* The syncs for one device, in the expected order. */
static const struct sync begins[] = {
	{ "dma_sync_sg_for_cpu:", "BIDIRECTIONAL" },
};

static const struct sync ends[] = {
	{ "dma_sync_sg_for_device:", "BIDIRECTIONAL" },
};

static const struct sync readonly_begins[] = {
	{ "dma_sync_sg_for_cpu:", "TO_DEVICE" },
};

static const struct sync readonly_ends[] = {
	{ "dma_sync_sg_for_device:", "TO_DEVICE" },
};

/* Returns the next sync of the test device, or NULL. */
static const char *next_sync(FILE *file)
{
	const char *event;

	do {
		event = trace_next(file, "dma_sync_sg_for_");
	} while (event && !strstr(event, DEVICE));
	return event;
}

static void check_syncs(const struct sync *syncs, unsigned int count, unsigned int devices)
{
	FILE *file = trace_open();
	unsigned int i;

	for (i = 0; i < count * devices; i++) {
		const struct sync *want = &syncs[i % count];
		const char *event = next_sync(file), *dir;

		if (!event || strncmp(event, want->event, strlen(want->event)))
			FAIL("%u: not %s %s, but: %s", i, want->event, want->direction, event);
		dir = trace_member(event, "dir");
		if (strncmp(dir, want->direction, strlen(want->direction)))
			FAIL("%u: not %s %s, but: %s", i, want->event, want->direction, event);
	}
	CHECK(!next_sync(file));
	fclose(file);
	trace_forget();
}

static void check_caches(long hypercalls, long cleaned, long invalidated)
{
	struct cache_counts counts = cache_counts();

	CHECK_EQ(counts.hypercalls, hypercalls);
	CHECK_EQ(counts.cleaned, cleaned);
	CHECK_EQ(counts.invalidated, invalidated);
}

static void check_access(const struct export *export, bool readonly, unsigned int devices)
{
	trace_forget();
	cache_counts();
	CHECK_OK(dmabuf_sync(export->fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ));
	if (readonly)
		check_syncs(readonly_begins, ARRAY_SIZE(readonly_begins), devices);
	else
		check_syncs(begins, ARRAY_SIZE(begins), devices);
	check_caches(0, 0, readonly ? 0 : PAGES * devices);

	CHECK_OK(dmabuf_sync(export->fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ));
	if (readonly)
		check_syncs(readonly_ends, ARRAY_SIZE(readonly_ends), devices);
	else
		check_syncs(ends, ARRAY_SIZE(ends), devices);
	check_caches(0, PAGES * devices, 0);
}

/* Mapping the export for a device syncs like the end of a CPU access. */
static void check_hold(int importer, const struct export *export)
{
	cache_counts();
	CHECK_OK(importer_hold(importer, export->fd, 0));
	check_caches(0, PAGES, 0);
}

/* Unmapping it syncs like the start of a CPU access. */
static void check_drop(int importer, bool readonly)
{
	cache_counts();
	CHECK_OK(importer_drop(importer));
	check_caches(0, 0, readonly ? 0 : PAGES);
}

static void check_by_address(int importer)
{
	cache_counts();
	CHECK_OK(importer_sync(importer));
	check_caches(2 * PAGES, 0, 0);
}

/*
 * Gives Dom0 as much unpopulated address space as possible. The frames are freed, but their address
 * space remains.
 */
static unsigned int spread_out(struct frames_run *runs)
{
	int allocator = frames_open();
	unsigned int i, count;

	for (count = 0; count < MOST_SECTIONS; count++)
		if (frames_alloc(allocator, SECTION_FRAMES, &runs[count]))
			break;
	for (i = 0; i < count; i++)
		REQUIRE(!frames_free(allocator, &runs[i]));
	close(allocator);
	return count;
}

static bool is_inside(const struct frames_run *runs, unsigned int count, uint64_t frame)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (frame >= runs[i].pfn && frame < runs[i].pfn + runs[i].nr)
			return true;
	return false;
}

/* Selects pages of the guest whose machine frames have the numbers of Dom0's address space. */
static void choose_pages(struct guest_pages *many)
{
	struct export export = export_pages(&guest, many, 0);
	uint64_t *frames = calloc(many->count, sizeof(*frames));
	struct frames_run runs[MOST_SECTIONS];
	unsigned int i, count;

	REQUIRE(frames);
	hv_frames(guest.domid, many->refs, many->count, frames);
	export_close(&guest, &export);
	count = spread_out(runs);
	pages = (struct guest_pages){ .refs = calloc(PAGES, sizeof(pages.refs[0])) };
	REQUIRE(pages.refs);
	for (i = 0; i < many->count && pages.count < PAGES; i++)
		if (is_inside(runs, count, frames[i]))
			pages.refs[pages.count++] = many->refs[i];
	note("%u pages have frame numbers of Dom0's address space", pages.count);
	REQUIRE(pages.count == PAGES);
	free(frames);
}

static void try_flags(uint32_t flags)
{
	bool readonly = flags & GNTDEV_DMABUF_EXPORT_READONLY;
	int one = importer_open_again(), two = importer_open_again();
	struct export export = export_pages(&guest, &pages, flags);

	check_access(&export, readonly, 0);
	check_hold(one, &export);
	check_access(&export, readonly, 1);
	check_hold(two, &export);
	check_access(&export, readonly, 2);
	check_drop(one, readonly);
	check_access(&export, readonly, 1);
	if (!readonly)
		check_by_address(two);
	check_drop(two, readonly);
	check_access(&export, readonly, 0);
	export_close(&guest, &export);
	close(one);
	close(two);
}

int main(void)
{
	struct guest_pages many;

	faults_begin();
	trace_begin("dma");
	close(importer_open());
	guest_open(&guest);
	guest_share(&guest, &many, SHARED);
	choose_pages(&many);
	try_flags(0);
	try_flags(GNTDEV_DMABUF_EXPORT_READONLY);
	CHECK_EQ(guest_unshare(&guest, &many), 0);
	return CASE_PASS;
}
