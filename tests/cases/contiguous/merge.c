// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv arm64
 *
 * Two runs of 100 MiB are taken and freed, with a cap of 256 MiB. After that a run of 200 MiB can
 * be taken: on x86 the address space of both is one piece, and the pool does not grow. Exports map
 * and read through it.
 */
#include <sys/mman.h>

#include "case.h"
#include "frames.h"
#include "guest.h"

#define MB(n)	((n) * FRAMES_PER_MB)

int main(void)
{
	struct frames_run first, second, large;
	struct frames_stats stats, before;
	struct scene scene;
	void *memory;
	int fd;

	fd = frames_open();
	REQUIRE(frames_set_cap_chunks(2) >= MB(256));
	frames_stats(&stats);
	REQUIRE(!stats.used);

	CHECK_OK(frames_alloc(fd, MB(100), &first));
	CHECK_OK(frames_alloc(fd, MB(100), &second));
	CHECK_OK(frames_free(fd, &first));
	CHECK_OK(frames_free(fd, &second));
	frames_stats(&before);

	CHECK_OK(frames_alloc(fd, MB(200), &large));
	frames_stats(&stats);
	CHECK_EQ(stats.used, MB(200));
#ifdef __x86_64__
	/* On Arm the address space that Xen offers is not in one piece. */
	CHECK_EQ(before.chunks, 1);
	CHECK_EQ(stats.frames, before.frames);
#endif
	scene_open(&scene, 40, GNTDEV_DMABUF_EXPORT_CONTIGUOUS);
	memory = export_map(&scene.export, PROT_READ);
	CHECK(memory_is(memory, 0, 40, scene.pages.seed));
	export_unmap(&scene.export, memory);
	scene_close(&scene);
	CHECK_OK(frames_free(fd, &large));
	CHECK_EQ(frames_used(), 0);
	return CASE_PASS;
}
