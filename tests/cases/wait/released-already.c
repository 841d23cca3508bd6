// SPDX-License-Identifier: GPL-2.0
/*
 * A released buffer stays released. Each WAIT for it returns 0 immediately, with any deadline.
 */
#include "case.h"
#include "guest.h"

int main(void)
{
	struct scene scene;
	unsigned int i;
	uint64_t start;
	int gntdev;

	scene_open(&scene, 4, 0);
	export_close(&scene.guest, &scene.export);
	gntdev = scene.guest.gntdev;
	start = now_ns();
	for (i = 0; i < 3; i++) {
		CHECK_OK(gntdev_wait(gntdev, scene.export.id, 0));
		CHECK_OK(gntdev_wait(gntdev, scene.export.id, 1));
		CHECK_OK(gntdev_wait(gntdev, scene.export.id, in_ms(5000)));
		CHECK_OK(gntdev_wait(gntdev, scene.export.id,
				     GNTDEV_DMABUF_WAIT_FOREVER));
	}
	CHECK(now_ns() - start < 20 * NSEC_PER_SEC);
	scene_close(&scene);
	return CASE_PASS;
}
