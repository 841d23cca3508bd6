// SPDX-License-Identifier: GPL-2.0
/*
 * Eight threads wait for one export, half of them with a deadline and half without,
 * and one for another export: the last close wakes the eight, and not the ninth.
 */
#include <pthread.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"

#define WAITERS	8

static struct scene scene;

struct waiter {
	pthread_t thread;
	uint64_t id, deadline;
	int result, error;
	bool done;
};

static void *wait_for(void *argument)
{
	struct waiter *waiter = argument;

	waiter->result = gntdev_wait(scene.guest.gntdev, waiter->id,
				     waiter->deadline);
	waiter->error = errno;
	__atomic_store_n(&waiter->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void start(struct waiter *waiter, uint64_t id, uint64_t deadline)
{
	*waiter = (struct waiter){ .id = id, .deadline = deadline };
	REQUIRE(!pthread_create(&waiter->thread, NULL, wait_for, waiter));
}

static bool is_done(struct waiter *waiter)
{
	return __atomic_load_n(&waiter->done, __ATOMIC_ACQUIRE);
}

static unsigned int count_done(struct waiter *waiters)
{
	unsigned int i, count = 0;

	for (i = 0; i < WAITERS; i++)
		count += is_done(&waiters[i]);
	return count;
}

static void join_woken(struct waiter *waiter)
{
	REQUIRE(!pthread_join(waiter->thread, NULL));
	if (waiter->result)
		FAIL("a waiter got errno %d (%s)", waiter->error,
		     strerror(waiter->error));
}

int main(void)
{
	struct waiter waiters[WAITERS], ninth;
	struct export other;
	unsigned int i;

	scene_open(&scene, 4, 0);
	other = export_pages(&scene.guest, &scene.pages, 0);
	for (i = 0; i < WAITERS; i++)
		start(&waiters[i], scene.export.id,
		      i % 2 ? in_ms(25000) : GNTDEV_DMABUF_WAIT_FOREVER);
	start(&ninth, other.id, GNTDEV_DMABUF_WAIT_FOREVER);
	sleep_ms(300);
	CHECK_EQ(count_done(waiters), 0);

	CHECK_OK(close(scene.export.fd));
	scene.export.fd = -1;
	if (!WITHIN_MS(10000, count_done(waiters) == WAITERS))
		FAIL("%u of %u waiters woken 10 s after the close",
		     count_done(waiters), WAITERS);
	for (i = 0; i < WAITERS; i++)
		join_woken(&waiters[i]);

	sleep_ms(200);
	CHECK(!is_done(&ninth));
	CHECK_OK(close(other.fd));
	CHECK(WITHIN_MS(10000, is_done(&ninth)));
	join_woken(&ninth);
	scene_close(&scene);
	return CASE_PASS;
}
