// SPDX-License-Identifier: GPL-2.0
/*
 * For a released buffer, QUERY returns the state RELEASED and otherwise zeros. This overwrites
 * previous contents of the caller's structure.
 */
#include <sys/ioctl.h>

#include "case.h"
#include "guest.h"

int main(void)
{
	struct gntdev_dmabuf_query answer, wanted;
	struct scene scene;

	scene_open(&scene, 5, GNTDEV_DMABUF_EXPORT_READONLY);
	export_close(&scene.guest, &scene.export);

	memset(&answer, 0xa5, sizeof(answer));
	answer.size = sizeof(answer);
	answer.flags = 0;
	answer.reserved = 0;
	answer.id = scene.export.id;
	CHECK_OK(ioctl(scene.guest.gntdev, GNTDEV_DMABUF_QUERY, &answer));

	memset(&wanted, 0, sizeof(wanted));
	wanted.size = sizeof(wanted);
	wanted.id = scene.export.id;
	wanted.state = GNTDEV_DMABUF_STATE_RELEASED;
	CHECK_EQ(answer.state, wanted.state);
	CHECK_EQ(memcmp(&answer, &wanted, sizeof(answer)), 0);
	scene_close(&scene);
	return CASE_PASS;
}
