// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh arm64 pvh-balloon arm64-balloon
 * limit: 240
 *
 * A CONTIGUOUS export of 64 MiB: QUERY reports it as contiguous, mmap shows the guest's pages, and
 * Dom0 only uses memory for the kernel's data structures. Without a region it uses exactly 64 MiB
 * more, and returns them.
 */
#include <sys/mman.h>

#include "case.h"
#include "frames.h"
#include "guest.h"
#include "ram.h"

/* A guest with the debug kernel would take minutes to share 16384 pages. */
#define PAGES	(is_debug_kernel() ? 4096U : 16384U)
#define BACK_MS	20000

/* The pages that the kernel needs for its data structures of this number of grants. */
static long bookkeeping(void)
{
	/* A pointer and a handle for each grant, and page tables for these arrays. */
	unsigned long bytes = PAGES * (sizeof(void *) + sizeof(uint32_t)) +
			      8 * PAGE_BYTES;

#ifdef __aarch64__
	/* A tree node with the machine frame of each grant: struct xen_p2m_entry. */
	bytes += PAGES * 64UL;
#endif
	/* A debugging record of each allocation, with its stack. */
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

	/* The first export may create a chunk, whose struct pages remain. */
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
