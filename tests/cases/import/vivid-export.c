// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv arm64
 * limit: 120
 *
 * Buffers that a video device (vivid) has allocated and exported, both from vmalloc() and from
 * dma_alloc_coherent(). In a PV domain, the latter may exchange the machine frames behind the
 * pages. It is RAM of the domain all the same. The guest sees what Dom0 writes, and Dom0 sees what
 * the guest writes. The import holds the memory when the device has freed its buffers.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "import.h"
#include "vivid.h"

#define BUFFERS	4

static void open_source(struct video *video, unsigned int index, struct source *source)
{
	*source = (struct source){
		.name = "vivid",
		.fd = video_export(video, index),
		.pages = (uint32_t)((video->bytes + PAGE_BYTES - 1) / PAGE_BYTES),
	};
	source->memory = mmap(NULL, source->pages * PAGE_BYTES, PROT_READ | PROT_WRITE,
			      MAP_SHARED, source->fd, 0);
	REQUIRE(source->memory != MAP_FAILED);
}

static void check(struct guest *guest, struct video *video, unsigned int index)
{
	struct source source;
	struct import import;

	open_source(video, index, &source);
	import_source(guest, &source, 0, &import);
	import_use_in_guest(guest, &import);
	CHECK(source_is(&source, 0, source.pages, ~import.shared.seed));
	import_close(&import);
	source_close(&source);
}

static void check_held(struct guest *guest, struct video *video)
{
	struct source source;
	struct import import;

	open_source(video, 0, &source);
	import_source(guest, &source, 0, &import);
	import_map_in_guest(guest, &import);
	import_revoke(&import);
	source_close(&source);
	video_close(video);
	CHECK(!import_is_released(&import, 300));
	import_unmap_in_guest(guest, &import);
	CHECK(import_is_released(&import, 1000));
	import_forget(&import);
}

static void check_allocator(struct guest *guest, enum vivid_allocator allocator)
{
	struct video video;
	unsigned int i;

	vivid_load(allocator);
	video_open_capture(&video, VIVID_CAMERA);
	video_allocate(&video);
	for (i = 0; i < BUFFERS; i++)
		check(guest, &video, i);
	check_held(guest, &video);
	vivid_unload();
}

int main(int argc, char **argv)
{
	struct guest guest;

	import_main(argc, argv);
	guest_open(&guest);
	note("vmalloc");
	check_allocator(&guest, VIVID_VMALLOC);
	note("contiguous");
	check_allocator(&guest, VIVID_DMA_CONTIG);
	return CASE_PASS;
}
