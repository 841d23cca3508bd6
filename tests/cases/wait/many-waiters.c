// SPDX-License-Identifier: GPL-2.0
/*
 * Eight threads wait for one export, half of them with a deadline. A ninth waits for another
 * export. The last close wakes the eight and not the ninth.
 */
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "waiter.h"

#define WAITERS	8

static unsigned int count_done(struct waiter *waiters)
{
	unsigned int i, count = 0;

	for (i = 0; i < WAITERS; i++)
		count += waiter_is_done(&waiters[i]);
	return count;
}

int main(void)
{
	struct waiter waiters[WAITERS], ninth;
	struct scene scene;
	struct export other;
	unsigned int i;

	scene_open(&scene, 4, 0);
	other = export_pages(&scene.guest, &scene.pages, 0);
	for (i = 0; i < WAITERS; i++)
		waiter_start(&waiters[i], scene.guest.gntdev, scene.export.id,
			     i % 2 ? in_ms(25000) : GNTDEV_DMABUF_WAIT_FOREVER);
	waiter_start(&ninth, scene.guest.gntdev, other.id, GNTDEV_DMABUF_WAIT_FOREVER);
	sleep_ms(300);
	CHECK_EQ(count_done(waiters), 0);

	CHECK_OK(close(scene.export.fd));
	scene.export.fd = -1;
	if (!WITHIN_MS(10000, count_done(waiters) == WAITERS))
		FAIL("%u of %u waiters woken 10 s after the close",
		     count_done(waiters), WAITERS);
	for (i = 0; i < WAITERS; i++)
		waiter_is_released(&waiters[i]);

	sleep_ms(200);
	CHECK(!waiter_is_done(&ninth));
	CHECK_OK(close(other.fd));
	waiter_is_released(&ninth);
	scene_close(&scene);
	return CASE_PASS;
}
