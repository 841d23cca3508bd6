// SPDX-License-Identifier: GPL-2.0
/*
 * The old UNMAP_GRANT_REF ioctl takes an index that is easy to guess. It does not find exports, and
 * mmap of the gntdev file does not find them either.
 */
#include <sys/mman.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	8
#define GUESSES	64

int main(void)
{
	struct scene scene;
	uint64_t index;
	void *memory;

	scene_open(&scene, PAGES, 0);
	for (index = 0; index < GUESSES; index++) {
		CHECK_ERRNO(gntdev_unmap_ref(scene.guest.gntdev,
					     index * PAGE_BYTES, PAGES), ENOENT);
		CHECK_ERRNO(mmap(NULL, PAGES * PAGE_BYTES,
				 PROT_READ | PROT_WRITE, MAP_SHARED,
				 scene.guest.gntdev,
				 (off_t)(index * PAGE_BYTES)), EINVAL);
	}
	CHECK_EQ(hv_mapped(scene.guest.domid, scene.pages.refs, PAGES), PAGES);
	memory = export_map(&scene.export, PROT_READ);
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	export_unmap(&scene.export, memory);
	scene_close(&scene);
	return CASE_PASS;
}
