// SPDX-License-Identifier: GPL-2.0
/*
 * WAIT for 0 or an id that was never issued is ENOENT, before, during and after the life of an
 * export.
 */
#include "case.h"
#include "guest.h"

static void try_unknown(int gntdev, uint64_t id)
{
	CHECK_ERRNO(gntdev_wait(gntdev, id, 0), ENOENT);
	CHECK_ERRNO(gntdev_wait(gntdev, id, in_ms(5000)), ENOENT);
	CHECK_ERRNO(gntdev_wait(gntdev, id, GNTDEV_DMABUF_WAIT_FOREVER), ENOENT);
}

static void try_all(int gntdev, uint64_t last)
{
	try_unknown(gntdev, 0);
	try_unknown(gntdev, last + 1);
	try_unknown(gntdev, 1ULL << 32 | last);
	try_unknown(gntdev, ~0ULL);
}

int main(void)
{
	struct scene scene;
	int gntdev;

	gntdev = gntdev_open();
	REQUIRE(gntdev >= 0);
	try_all(gntdev, 0);

	scene_open(&scene, 2, 0);
	try_all(gntdev, 0);
	try_all(scene.guest.gntdev, scene.export.id);
	export_close(&scene.guest, &scene.export);
	try_all(scene.guest.gntdev, scene.export.id);
	CHECK_OK(gntdev_wait(scene.guest.gntdev, scene.export.id, 0));
	scene_close(&scene);
	return CASE_PASS;
}
