// SPDX-License-Identifier: GPL-2.0
/*
 * QUERY of ids that were never issued, and of 0, is ENOENT.
 */
#include <unistd.h>

#include "case.h"
#include "guest.h"

static void try_unknown(int gntdev, uint64_t last)
{
	struct gntdev_dmabuf_query answer;

	CHECK_ERRNO(gntdev_query(gntdev, 0, &answer), ENOENT);
	CHECK_ERRNO(gntdev_query(gntdev, last + 1, &answer), ENOENT);
	CHECK_ERRNO(gntdev_query(gntdev, 1ULL << 32 | last, &answer), ENOENT);
	CHECK_ERRNO(gntdev_query(gntdev, ~0ULL, &answer), ENOENT);
}

int main(void)
{
	struct gntdev_dmabuf_query answer;
	struct scene scene;
	int gntdev;

	scene_open(&scene, 1, 0);
	try_unknown(scene.guest.gntdev, scene.export.id);
	CHECK_OK(gntdev_query(scene.guest.gntdev, scene.export.id, &answer));

	/* An id of one file is unknown to another. */
	gntdev = gntdev_open();
	REQUIRE(gntdev >= 0);
	CHECK_ERRNO(gntdev_query(gntdev, scene.export.id, &answer), ENOENT);
	close(gntdev);

	export_close(&scene.guest, &scene.export);
	try_unknown(scene.guest.gntdev, scene.export.id);
	scene_close(&scene);
	return CASE_PASS;
}
