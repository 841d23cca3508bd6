// SPDX-License-Identifier: GPL-2.0
/*
 * kills-domu
 * limit: 60
 *
 * The guest is destroyed while its pages are exported and mapped: Dom0 goes on
 * reading them, they are released like any others, and then nothing of the guest
 * is left.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "case.h"
#include "guest.h"

#define PAGES	32

/* Xen keeps a dead domain for as long as somebody maps its pages. */
static bool domain_exists(uint32_t domid)
{
	char command[64];

	snprintf(command, sizeof(command), "xl list %u >/dev/null 2>&1", domid);
	return system(command) == 0;
}

int main(void)
{
	struct scene scene;
	void *memory;

	scene_open(&scene, PAGES, 0);
	memory = export_map(&scene.export, PROT_READ | PROT_WRITE);
	REQUIRE(system("lab-domu destroy >/dev/null 2>&1") == 0);

	CHECK(domain_exists(scene.guest.domid));
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	CHECK_EQ(export_state(&scene.guest, scene.export.id),
		 GNTDEV_DMABUF_STATE_LIVE);

	export_unmap(&scene.export, memory);
	export_close(&scene.guest, &scene.export);
	CHECK(WITHIN_MS(10000, !domain_exists(scene.guest.domid)));
	return CASE_PASS;
}
