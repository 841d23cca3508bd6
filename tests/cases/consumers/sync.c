// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: arm64
 * spoils
 *
 * An access by the CPU (DMA_BUF_IOCTL_SYNC) syncs each device that has the export mapped, by
 * the kernel's trace events of DMA. When it begins what the guest has written is cleaned from
 * the caches before these are invalidated, or it would be lost; when it ends they are cleaned.
 * A READONLY export is mapped to be read, whatever was asked for, and has only the latter.
 * Without a device there is nothing to sync.
 *
 * Each page is maintained by a hypercall of its own, wherever the guest has it: it is none of
 * Dom0's, to be maintained by instructions. Not even if Dom0 has address space without memory
 * just there, which is why the case uses up all that it can get of it, for good. (Only on Arm
 * is there a device that has to be synced. Hypercalls are counted by test-faults.)
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
#define PAGES	100	/* those of them that are used: more than one batch */
#define DEVICE	"xen-test-importer "

/* 128 MiB of address space, and as many of them as the limit allows by default. */
#define SECTION_FRAMES	32768
#define MOST_SECTIONS	8

static struct guest guest;
static struct guest_pages pages;

struct sync {
	const char *event;
	const char *direction;
};

/* In the order in which they come, for one device. */
static const struct sync begins[] = {
	{ "dma_sync_sg_for_device:", "TO_DEVICE" },
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

/* The next one of the test's device, or NULL. */
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

static void check_access(const struct export *export, bool readonly, unsigned int devices)
{
	trace_forget();
	cache_flushes();
	CHECK_OK(dmabuf_sync(export->fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ));
	if (readonly)
		check_syncs(readonly_begins, ARRAY_SIZE(readonly_begins), devices);
	else
		check_syncs(begins, ARRAY_SIZE(begins), devices);
	CHECK_EQ(cache_flushes(), (readonly ? 0 : 2) * PAGES * devices);

	CHECK_OK(dmabuf_sync(export->fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ));
	if (readonly)
		check_syncs(readonly_ends, ARRAY_SIZE(readonly_ends), devices);
	else
		check_syncs(ends, ARRAY_SIZE(ends), devices);
	CHECK_EQ(cache_flushes(), PAGES * devices);
}

/* When a device's mapping ends, that is an access by the CPU that begins. */
static void check_drop(int importer, bool readonly)
{
	cache_flushes();
	CHECK_OK(importer_drop(importer));
	CHECK_EQ(cache_flushes(), (readonly ? 0 : 2) * PAGES);
}

/* Address space of Dom0's wherever it can be had. It is given back, but stays. */
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

/* Have some of those of the guest's pages that are where Dom0 has address space. */
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
	note("%u pages are where Dom0 has address space", pages.count);
	REQUIRE(pages.count == PAGES);
	free(frames);
}

static void try_flags(uint32_t flags)
{
	bool readonly = flags & GNTDEV_DMABUF_EXPORT_READONLY;
	int one = importer_open_again(), two = importer_open_again();
	struct export export = export_pages(&guest, &pages, flags);

	check_access(&export, readonly, 0);
	CHECK_OK(importer_hold(one, export.fd, 0));
	check_access(&export, readonly, 1);
	CHECK_OK(importer_hold(two, export.fd, 0));
	check_access(&export, readonly, 2);
	check_drop(one, readonly);
	check_access(&export, readonly, 1);
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
