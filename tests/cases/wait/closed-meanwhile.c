// SPDX-License-Identifier: GPL-2.0
/*
 * Another thread closes the gntdev file while a thread waits on it. The wait continues and ends
 * with the release of the export.
 */
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "waiter.h"

int main(void)
{
	struct waiter waiter;
	struct scene scene;

	scene_open(&scene, 2, 0);
	waiter_start(&waiter, scene.guest.gntdev, scene.export.id, in_ms(25000));
	sleep_ms(200);
	guest_close_gntdev(&scene.guest);
	sleep_ms(200);
	CHECK(!waiter_is_done(&waiter));
	CHECK_OK(close(scene.export.fd));
	waiter_is_released(&waiter);
	CHECK_EQ(guest_unshare(&scene.guest, &scene.pages), 0);
	return CASE_PASS;
}
