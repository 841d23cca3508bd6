// SPDX-License-Identifier: GPL-2.0
/*
 * mmap accepts parts of the dma-buf. It refuses private mappings and any range beyond the end.
 */
#include <sys/mman.h>

#include "case.h"
#include "guest.h"

#define PAGES	10

static void *map(struct scene *scene, uint32_t page, uint32_t count, int flags)
{
	return mmap(NULL, count * PAGE_BYTES, PROT_READ | PROT_WRITE, flags,
		    scene->export.fd, (off_t)(page * PAGE_BYTES));
}

static void try_part(struct scene *scene, uint32_t page, uint32_t count)
{
	void *memory;

	memory = CHECK_OK(map(scene, page, count, MAP_SHARED));
	CHECK(memory_is(memory, page, count, scene->pages.seed));
	CHECK_OK(munmap(memory, count * PAGE_BYTES));
}

int main(void)
{
	struct scene scene;

	scene_open(&scene, PAGES, 0);
	try_part(&scene, 0, 1);
	try_part(&scene, 3, 4);
	try_part(&scene, 1, PAGES - 1);
	try_part(&scene, PAGES - 1, 1);

	CHECK_ERRNO(map(&scene, 0, PAGES, MAP_PRIVATE), EINVAL);
	CHECK_ERRNO(map(&scene, 0, PAGES + 1, MAP_SHARED), EINVAL);
	CHECK_ERRNO(map(&scene, PAGES, 1, MAP_SHARED), EINVAL);
	CHECK_ERRNO(map(&scene, PAGES - 1, 2, MAP_SHARED), EINVAL);
	scene_close(&scene);
	return CASE_PASS;
}
