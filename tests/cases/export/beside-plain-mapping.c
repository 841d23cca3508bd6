// SPDX-License-Identifier: GPL-2.0
/*
 * An export and a plain gntdev mapping of the same references, on one gntdev file. Both show the
 * guest's pages. The end of one does not affect the other.
 */
#include <sys/mman.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	8

int main(void)
{
	struct scene scene;
	uint64_t index;
	void *plain, *memory;

	scene_open(&scene, PAGES, 0);
	plain = CHECK_OK(gntdev_map(scene.guest.gntdev, scene.guest.domid,
				    scene.pages.refs, PAGES,
				    PROT_READ | PROT_WRITE, &index));
	memory = export_map(&scene.export, PROT_READ | PROT_WRITE);
	CHECK(memory_is(plain, 0, PAGES, scene.pages.seed));
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));

	CHECK_OK(gntdev_unmap(scene.guest.gntdev, plain, PAGES, index));
	guest_refill(&scene.guest, &scene.pages);
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	export_unmap(&scene.export, memory);

	plain = CHECK_OK(gntdev_map(scene.guest.gntdev, scene.guest.domid,
				    scene.pages.refs, PAGES,
				    PROT_READ | PROT_WRITE, &index));
	export_close(&scene.guest, &scene.export);
	CHECK(memory_is(plain, 0, PAGES, scene.pages.seed));
	CHECK_EQ(hv_mapped(scene.guest.domid, scene.pages.refs, PAGES), PAGES);
	CHECK_OK(gntdev_unmap(scene.guest.gntdev, plain, PAGES, index));
	CHECK(WITHIN_MS(5000, !hv_mapped(scene.guest.domid, scene.pages.refs,
					 PAGES)));
	scene_close(&scene);
	return CASE_PASS;
}
