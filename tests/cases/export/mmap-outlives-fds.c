// SPDX-License-Identifier: GPL-2.0
/*
 * A mapping is a user of the export. After the dma-buf's descriptor and the gntdev file are closed,
 * it still gives access to the guest's pages, for reading and writing. The grants stay mapped until
 * the mapping is gone.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "pattern.h"

#define PAGES	8

int main(void)
{
	struct scene scene;
	uint64_t *memory;

	scene_open(&scene, PAGES, 0);
	memory = export_map(&scene.export, PROT_READ | PROT_WRITE);
	CHECK_OK(close(scene.export.fd));
	guest_close_gntdev(&scene.guest);

	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	guest_refill(&scene.guest, &scene.pages);
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	memory[7] = 0xabcdef;
	CHECK_EQ(guest_peek(&scene.guest, &scene.pages, 0, 7), 0xabcdef);

	CHECK_EQ(hv_mapped(scene.guest.domid, scene.pages.refs, PAGES), PAGES);
	export_unmap(&scene.export, memory);
	CHECK(WITHIN_MS(5000, !hv_mapped(scene.guest.domid, scene.pages.refs,
					 PAGES)));
	CHECK_EQ(guest_unshare(&scene.guest, &scene.pages), 0);
	return CASE_PASS;
}
