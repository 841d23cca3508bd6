// SPDX-License-Identifier: GPL-2.0
/*
 * The dma-bufs of a gntdev file live on after it is closed. They can still be mapped for reading
 * and writing. The grants are unmapped when the last user is gone.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	8

int main(void)
{
	struct scene scene;
	uint64_t *memory;

	scene_open(&scene, PAGES, 0);
	guest_close_gntdev(&scene.guest);

	memory = export_map(&scene.export, PROT_READ | PROT_WRITE);
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	memory[3] = 0x77;
	CHECK_EQ(guest_peek(&scene.guest, &scene.pages, 0, 3), 0x77);
	CHECK_EQ(hv_mapped(scene.guest.domid, scene.pages.refs, PAGES), PAGES);

	export_unmap(&scene.export, memory);
	CHECK_EQ(hv_mapped(scene.guest.domid, scene.pages.refs, PAGES), PAGES);
	CHECK_OK(close(scene.export.fd));
	CHECK(WITHIN_MS(5000, !hv_mapped(scene.guest.domid, scene.pages.refs,
					 PAGES)));
	CHECK_EQ(guest_unshare(&scene.guest, &scene.pages), 0);
	return CASE_PASS;
}
