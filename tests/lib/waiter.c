// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include "case.h"
#include "gnt.h"
#include "waiter.h"

#define SOON_MS	10000

static void *wait_for(void *argument)
{
	struct waiter *waiter = argument;

	tell_tid(&waiter->tid);
	waiter->result = gntdev_wait(waiter->gntdev, waiter->id, waiter->deadline);
	waiter->error = errno;
	__atomic_store_n(&waiter->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool is_waiting(const struct waiter *waiter)
{
	return waiter_is_done(waiter) || tid_is(&waiter->tid, 'S');
}

void waiter_start(struct waiter *waiter, int gntdev, uint64_t id, uint64_t deadline)
{
	*waiter = (struct waiter){ .gntdev = gntdev, .id = id, .deadline = deadline };
	REQUIRE(!pthread_create(&waiter->thread, NULL, wait_for, waiter));
	REQUIRE(WITHIN_MS(SOON_MS, is_waiting(waiter)));
}

bool waiter_is_done(const struct waiter *waiter)
{
	return __atomic_load_n(&waiter->done, __ATOMIC_ACQUIRE);
}

void waiter_is_released(struct waiter *waiter)
{
	if (!WITHIN_MS(SOON_MS, waiter_is_done(waiter)))
		FAIL("a waiter is not woken within %u ms", SOON_MS);
	REQUIRE(!pthread_join(waiter->thread, NULL));
	if (waiter->result)
		FAIL("a waiter got errno %d (%s)", waiter->error, strerror(waiter->error));
}
