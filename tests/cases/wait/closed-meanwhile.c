// SPDX-License-Identifier: GPL-2.0
/*
 * The gntdev file is closed by another thread while one waits on it: the wait goes
 * on to its end, and ends with the export.
 */
#include <pthread.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"

static struct scene scene;
static bool done;
static int result;

static void *wait_for(void *unused)
{
	(void)unused;
	result = gntdev_wait(scene.guest.gntdev, scene.export.id, in_ms(25000));
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool is_done(void)
{
	return __atomic_load_n(&done, __ATOMIC_ACQUIRE);
}

int main(void)
{
	pthread_t thread;

	scene_open(&scene, 2, 0);
	REQUIRE(!pthread_create(&thread, NULL, wait_for, NULL));
	sleep_ms(200);
	CHECK_OK(close(scene.guest.gntdev));
	sleep_ms(200);
	CHECK(!is_done());
	CHECK_OK(close(scene.export.fd));
	CHECK(WITHIN_MS(10000, is_done()));
	REQUIRE(!pthread_join(thread, NULL));
	CHECK_EQ(result, 0);
	CHECK_EQ(guest_unshare(&scene.guest, &scene.pages), 0);
	return CASE_PASS;
}
