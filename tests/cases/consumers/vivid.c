// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 150
 * platforms: pvh pv arm64 pvh-balloon
 *
 * vivid captures video into the guest's memory and outputs video from it. The guest sees what vivid
 * captures into an export. vivid also outputs another export of the guest and captures that output
 * into the first export, where the guest finds its own picture.
 *
 * Queues that need a kernel address (vb2 vmalloc) accept exports of one run of frames on all
 * platforms. Queues that need one piece (vb2 dma-contig) accept an export that is one piece for the
 * device, and refuse others.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "frames.h"
#include "guest.h"
#include "importer.h"
#include "pattern.h"
#include "vivid.h"

#define COLOURS		8	/* bars of the test pattern */

static struct guest guest;

/* Memory of the guest for a picture, and its export. */
struct picture {
	struct guest_pages pages;
	struct export export;
};

static void picture_open(struct picture *picture, const struct video *video, uint32_t flags)
{
	guest_share(&guest, &picture->pages,
		    (uint32_t)((video->bytes + PAGE_BYTES - 1) / PAGE_BYTES));
	picture->export = export_pages(&guest, &picture->pages, flags);
}

static void picture_close(struct picture *picture)
{
	CHECK_EQ(export_query(&guest, picture->export.id).attachments, 0);
	export_close(&guest, &picture->export);
	CHECK_EQ(guest_unshare(&guest, &picture->pages), 0);
}

/* ---- capture */

static unsigned int count_colours(const uint32_t *pixels, size_t count)
{
	uint32_t colours[COLOURS];
	unsigned int known = 0, i;

	for (; count && known < COLOURS; count--, pixels++) {
		for (i = 0; i < known; i++)
			if (colours[i] == *pixels)
				break;
		if (i == known)
			colours[known++] = *pixels;
	}
	return known;
}

/* None of the guest's previous data remains. */
static void check_overwritten(const void *memory, const struct guest_pages *pages)
{
	uint32_t i;

	for (i = 0; i < pages->count; i++)
		CHECK_EQ(pattern_check((const char *)memory + i * PAGE_BYTES, pages->seed, i), 0);
}

/* Returns a hash of the picture. */
static uint64_t capture(struct video *video, struct picture *picture)
{
	uint64_t hash;
	void *memory;

	CHECK_OK(video_queue(video, 0, picture->export.fd));
	video_start(video);
	CHECK_EQ(video_dequeue(video), 0);

	memory = export_map(&picture->export, PROT_READ);
	hash = fnv1a(FNV1A_START, memory, picture->export.size);
	CHECK_EQ(guest_hash(&guest, &picture->pages), hash);
	check_overwritten(memory, &picture->pages);
	CHECK_EQ(count_colours(memory, video->bytes / 4), COLOURS);
	export_unmap(&picture->export, memory);
	return hash;
}

static void try_camera(uint32_t flags)
{
	struct picture picture;
	struct video camera;
	uint64_t first;

	video_open_capture(&camera, VIVID_CAMERA);
	picture_open(&picture, &camera, flags);
	first = capture(&camera, &picture);
	/* The picture has a time stamp in it, so each one differs. */
	CHECK(capture(&camera, &picture) != first);
	video_close(&camera);
	picture_close(&picture);
}

/* ---- from one export into another */

static void capture_again(struct video *video, struct picture *to, uint64_t seed)
{
	void *memory;

	CHECK_OK(video_queue(video, 0, to->export.fd));
	CHECK_EQ(video_dequeue(video), 0);
	if (guest_sees(&guest, &to->pages, 0, to->pages.count, seed))
		return;
	memory = export_map(&to->export, PROT_READ);
	note("in Dom0, page 0 differs from word %d on (-1: no difference), and it has %u colours",
	     pattern_check(memory, seed, 0), count_colours(memory, video->bytes / 4));
	export_unmap(&to->export, memory);
	FAIL("the captured picture is not the output picture");
}

static void try_loop(uint32_t flags)
{
	struct picture from, to;
	struct video out, in;

	video_open_output(&out);
	video_open_capture(&in, VIVID_HDMI);
	CHECK_EQ(in.bytes, out.bytes);
	picture_open(&from, &out, flags);
	picture_open(&to, &in, flags);

	CHECK_OK(video_queue(&out, 0, from.export.fd));
	video_start(&out);
	video_start(&in);
	capture_again(&in, &to, from.pages.seed);
	guest_refill(&guest, &from.pages);
	capture_again(&in, &to, from.pages.seed);

	video_close(&in);
	video_close(&out);
	picture_close(&from);
	picture_close(&to);
}

/* ---- queues */

static void try_vmalloc(void)
{
	vivid_load(VIVID_VMALLOC);
	try_camera(GNTDEV_DMABUF_EXPORT_CONTIGUOUS);
	try_loop(GNTDEV_DMABUF_EXPORT_CONTIGUOUS);
	vivid_unload();
}

/* Is the export one piece for a device with the address bits of vivid? */
static bool is_one_piece(const struct export *export)
{
	struct importer_attach args = {
		.fd = export->fd,
		.dma_bits = VIVID_DMA_BITS,
	};
	int importer = importer_open();
	bool one = !importer_attach(importer, &args) && args.contiguous;

	close(importer);
	return one;
}

static void check_refused(struct video *video, const struct export *export)
{
	CHECK_EQ(video_queue(video, 0, export->fd), -1);
	note("a queue that needs one piece fails with errno %d (%m)", errno);
	/* The export is not one piece, or the device cannot address it. */
	CHECK(errno == EFAULT || errno == EINVAL);
}

static void try_contiguous_queue(uint32_t flags)
{
	struct picture picture;
	struct video camera;

	video_open_capture(&camera, VIVID_CAMERA);
	picture_open(&picture, &camera, flags);
	/* On this platform the device can address the frames and sees a run as one piece. */
	if (platform_is("pvh-balloon") && flags & GNTDEV_DMABUF_EXPORT_CONTIGUOUS)
		CHECK(is_one_piece(&picture.export));
	if (is_one_piece(&picture.export)) {
		note("flags %#x: one piece", flags);
		capture(&camera, &picture);
	} else {
		check_refused(&camera, &picture.export);
		CHECK(guest_sees(&guest, &picture.pages, 0, picture.pages.count,
				 picture.pages.seed));
	}
	video_close(&camera);
	picture_close(&picture);
}

/* Gives vivid the DMA operations of real devices. Without them, it uses Dom0's frames on Arm. */
static void make_vivid_real(void)
{
	int importer = importer_open();

	CHECK_OK(importer_configure(importer, VIVID_DEVICE));
	close(importer);
}

static void try_contiguous(void)
{
	vivid_load(VIVID_DMA_CONTIG);
	make_vivid_real();
	try_contiguous_queue(GNTDEV_DMABUF_EXPORT_CONTIGUOUS);
	frames_set_cap(0);
	try_contiguous_queue(0);
	vivid_unload();
}

int main(void)
{
	frames_keep_cap();
	guest_open(&guest);
	try_vmalloc();
	try_contiguous();
	return CASE_PASS;
}
