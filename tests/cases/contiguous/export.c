// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh arm64 pvh-balloon arm64-balloon
 * limit: 120
 *
 * A CONTIGUOUS export of 64 MiB: QUERY says it is contiguous, mmap shows the guest's
 * pages, and it takes no memory of Dom0 but for its own bookkeeping. Where there is no
 * region it takes just the 64 MiB, and they come back.
 */
#include <sys/mman.h>

#include "case.h"
#include "frames.h"
#include "guest.h"
#include "ram.h"

/* The debug kernel's guest would take minutes to share so many. */
#define PAGES	(is_debug_kernel() ? 4096U : 16384U)
#define BACK_MS	20000

/* Pages that the kernel needs to keep track of so many grants. */
static long bookkeeping(void)
{
	/* A pointer and a handle for each, and page tables for these arrays. */
	unsigned long bytes = PAGES * (sizeof(void *) + sizeof(uint32_t)) +
			      8 * PAGE_BYTES;

#ifdef __aarch64__
	/* Its machine frame, as a node of a tree: struct xen_p2m_entry. */
	bytes += PAGES * 64UL;
#endif
	/* A record of each allocation, with its stack. */
	if (is_debug_kernel())
		bytes += PAGES * PAGE_BYTES / 4;
	return (long)(bytes / PAGE_BYTES) + FREE_SLACK;
}

static struct export export_contiguous(struct scene *scene)
{
	struct export export = export_pages(&scene->guest, &scene->pages,
					    GNTDEV_DMABUF_EXPORT_CONTIGUOUS);
	struct gntdev_dmabuf_query answer = export_query(&scene->guest, export.id);

	CHECK_EQ(answer.buffer_flags, GNTDEV_DMABUF_EXPORT_CONTIGUOUS);
	CHECK_EQ(answer.count, PAGES);
	CHECK(is_contiguous(&answer));
	return export;
}

static void check_region(const struct ram *before, long free_before)
{
	long taken = free_before - free_pages();

	ram_wait_back(before, 1000);
	note("%d pages exported: %ld pages less free, %ld allowed", PAGES, taken,
	     bookkeeping());
	CHECK(taken < bookkeeping());
}

static void check_data(struct scene *scene)
{
	void *memory = export_map(&scene->export, PROT_READ);

	CHECK(memory_is(memory, 0, PAGES, scene->pages.seed));
	export_unmap(&scene->export, memory);
}

int main(void)
{
	struct frames_stats before, during;
	struct ram ram_before;
	struct scene scene;
	long free_before;

	ram_look(&ram_before);
	guest_open(&scene.guest);
	guest_share(&scene.guest, &scene.pages, PAGES);
	frames_stats(&before);

	/* The first one may have to make a chunk, whose struct pages stay. */
	scene.export = export_contiguous(&scene);
	export_close(&scene.guest, &scene.export);
	ram_wait_back(&ram_before, BACK_MS);
	free_before = free_pages();

	scene.export = export_contiguous(&scene);
	frames_stats(&during);
	frames_note("with the export");
	CHECK_EQ(during.used, before.used + PAGES);
	if (during.is_region) {
		check_region(&ram_before, free_before);
	} else {
		CHECK_EQ(during.ballooned, before.ballooned + PAGES);
		ram_wait_less(&ram_before, PAGES, 5000);
	}
	check_data(&scene);

	scene_close(&scene);
	CHECK_EQ(frames_used(), before.used);
	ram_wait_back(&ram_before, BACK_MS);
	return CASE_PASS;
}
