// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh arm64
 *
 * A CONTIGUOUS export is contiguous or fails with ENOMEM. With a cap of 0 it fails and leaves
 * nothing behind. Without the flag the export works and gets scattered frames. If the cap allows
 * it, exports are contiguous even without the flag. READONLY can be combined with CONTIGUOUS.
 */
#include <sys/mman.h>

#include "case.h"
#include "frames.h"
#include "guest.h"
#include "hv.h"

#define PAGES	300

static struct guest guest;
static struct guest_pages pages;
static unsigned long used_before;

static void check_data(const struct export *export)
{
	void *memory = export_map(export, PROT_READ);

	CHECK(memory_is(memory, 0, PAGES, pages.seed));
	export_unmap(export, memory);
}

static void check_refused(uint32_t flags)
{
	struct gntdev_dmabuf_export args;
	unsigned int fds = count_fds();

	args = gntdev_export_args(guest.domid, pages.refs, PAGES);
	args.flags = flags;
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), ENOMEM);
	CHECK_EQ(args.fd, -1);
	CHECK_EQ(count_fds(), fds);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	CHECK_EQ(frames_used(), used_before);
}

static void check_scattered(void)
{
	unsigned int swap, contiguous = 0;

	for (swap = 0; swap < 2; swap++) {
		struct export export = export_shuffled(&guest, &pages, swap);
		struct gntdev_dmabuf_query answer = export_query(&guest, export.id);

		contiguous += is_contiguous(&answer);
		CHECK_EQ(frames_used(), used_before);
		check_data(&export);
		export_close(&guest, &export);
	}
	CHECK(contiguous < 2);
}

static void check_contiguous(uint32_t flags)
{
	struct export export = export_pages(&guest, &pages, flags);
	struct gntdev_dmabuf_query answer = export_query(&guest, export.id);

	CHECK_EQ(answer.buffer_flags, flags);
	CHECK(is_contiguous(&answer));
	CHECK_EQ(frames_used(), used_before + PAGES);
	check_data(&export);
	export_close(&guest, &export);
	CHECK_EQ(frames_used(), used_before);
}

int main(void)
{
	unsigned int cap;

	frames_keep_cap();
	cap = (unsigned int)read_long(CONTIGUOUS_CAP);
	REQUIRE(cap);
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	used_before = frames_used();

	check_contiguous(GNTDEV_DMABUF_EXPORT_CONTIGUOUS);
	frames_set_cap(0);
	check_refused(GNTDEV_DMABUF_EXPORT_CONTIGUOUS);
	check_refused(GNTDEV_DMABUF_EXPORT_CONTIGUOUS | GNTDEV_DMABUF_EXPORT_READONLY);
	check_scattered();

	frames_set_cap(cap);
	check_contiguous(0);
	check_contiguous(GNTDEV_DMABUF_EXPORT_READONLY);
	check_contiguous(GNTDEV_DMABUF_EXPORT_READONLY | GNTDEV_DMABUF_EXPORT_CONTIGUOUS);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
