// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv arm64
 * limit: 120
 *
 * A camera (vivid) captures into dma-bufs that are imported for the guest. The guest sees each
 * picture, with no copy. Then the queue is closed, and the imports are released.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "import.h"
#include "pattern.h"
#include "vivid.h"

#define BUFFERS	3
#define FRAMES	9

/* In the guest: prints the hash of the pages. */
static int print_hash(uint32_t dir, uint32_t count)
{
	uint32_t *refs = calloc(count, sizeof(*refs));
	int gntdev = gntdev_open();
	uint64_t index;
	void *memory;

	REQUIRE(refs && gntdev >= 0);
	REQUIRE(!gnt_dir_read(0, dir, refs, count));
	memory = CHECK_OK(gntdev_map(gntdev, 0, refs, count, PROT_READ, &index));
	printf("%" PRIx64 "\n", fnv1a(FNV1A_START, memory, count * PAGE_BYTES));
	CHECK_OK(gntdev_unmap(gntdev, memory, count, index));
	return CASE_PASS;
}

static uint64_t hash_in_guest(struct guest *guest, const struct import *import)
{
	char command[128], line[RPC_MAX];
	uint64_t hash;

	snprintf(command, sizeof(command), "/opt/lab/cases/import__vivid %u %u",
		 import->shared.dir.refs[0], import->count);
	CHECK_EQ(guest_run_line(guest, command, line), CASE_PASS);
	REQUIRE(sscanf(line, "%" SCNx64, &hash) == 1);
	return hash;
}

int main(int argc, char **argv)
{
	struct source sources[BUFFERS];
	struct import imports[BUFFERS];
	struct video video;
	struct guest guest;
	unsigned int i, frame;

	if (argc == 3)
		return print_hash((uint32_t)strtoul(argv[1], NULL, 10),
				  (uint32_t)strtoul(argv[2], NULL, 10));
	guest_open(&guest);
	vivid_load(VIVID_VMALLOC);
	video_open_capture(&video, VIVID_CAMERA);
	for (i = 0; i < BUFFERS; i++) {
		source_open(&sources[i], "system",
			    (uint32_t)((video.bytes + PAGE_BYTES - 1) / PAGE_BYTES));
		import_source(&guest, &sources[i], GNTDEV_DMABUF_IMPORT_READONLY, &imports[i]);
		CHECK_OK(video_queue(&video, i, sources[i].fd));
	}
	video_start(&video);
	for (frame = 0; frame < FRAMES; frame++) {
		i = video_dequeue(&video);
		CHECK(i < BUFFERS);
		CHECK(!source_is(&sources[i], 0, 1, imports[i].shared.seed));
		CHECK_EQ(hash_in_guest(&guest, &imports[i]),
			 fnv1a(FNV1A_START, sources[i].memory, sources[i].pages * PAGE_BYTES));
		CHECK_OK(video_queue(&video, i, sources[i].fd));
	}
	video_close(&video);
	for (i = 0; i < BUFFERS; i++) {
		import_close(&imports[i]);
		source_close(&sources[i]);
	}
	return CASE_PASS;
}
