// SPDX-License-Identifier: GPL-2.0
/*
 * A buffer has up to 64 eventfds, one more is EDQUOT. A removed one makes room. All of them are
 * signalled.
 */
#include <unistd.h>

#include "case.h"
#include "events.h"
#include "guest.h"

#define LIMIT	64

int main(void)
{
	int events[LIMIT + 1];
	struct scene scene;
	unsigned int i;

	scene_open(&scene, 4, 0);
	for (i = 0; i <= LIMIT; i++)
		events[i] = event_open();
	for (i = 0; i < LIMIT; i++)
		CHECK_OK(gntdev_notify(scene.guest.gntdev, scene.export.id, events[i]));
	CHECK_ERRNO(gntdev_notify(scene.guest.gntdev, scene.export.id, events[LIMIT]), EDQUOT);
	CHECK_OK(gntdev_unnotify(scene.guest.gntdev, scene.export.id, events[7]));
	CHECK_OK(gntdev_notify(scene.guest.gntdev, scene.export.id, events[LIMIT]));
	scene_close(&scene);

	for (i = 0; i <= LIMIT; i++) {
		CHECK_EQ(event_count(events[i]), i == 7 ? 0 : 1);
		close(events[i]);
	}
	return CASE_PASS;
}
