// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 *
 * Eight threads are in the old wait for one buffer. Its release wakes all of them, and then none of
 * its pages is mapped. Unpatched kernels wake only one, and the others time out although the buffer
 * is released. MAINLINE=1 expects this.
 */
#include <pthread.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	16
#define WAITERS	8
#define WAIT_MS	10000

struct waiter {
	pthread_t thread;
	uint32_t number;
	int tid;
	int error;
	uint64_t back;
};

static struct guest guest;

static void *wait_for(void *argument)
{
	struct waiter *waiter = argument;

	tell_tid(&waiter->tid);
	waiter->error = gntdev_old_wait(guest.gntdev, waiter->number, WAIT_MS) ? errno : 0;
	waiter->back = now_ns();
	return NULL;
}

/* Returns how many were woken. The others have timed out. */
static unsigned int join(struct waiter *waiters, uint64_t closed)
{
	unsigned int i, woken = 0;

	for (i = 0; i < WAITERS; i++) {
		REQUIRE(!pthread_join(waiters[i].thread, NULL));
		if (waiters[i].error) {
			CHECK_EQ(waiters[i].error, ETIMEDOUT);
			continue;
		}
		CHECK(waiters[i].back >= closed);
		woken++;
	}
	return woken;
}

int main(void)
{
	struct waiter waiters[WAITERS];
	unsigned int i, woken;
	struct guest_pages pages;
	uint64_t closed;
	int fd;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	fd = old_export_pages(&guest, &pages, 0);
	for (i = 0; i < WAITERS; i++) {
		waiters[i] = (struct waiter){ .number = (uint32_t)fd };
		REQUIRE(!pthread_create(&waiters[i].thread, NULL, wait_for,
					&waiters[i]));
		REQUIRE(WITHIN_MS(5000, tid_is(&waiters[i].tid, 'D')));
	}
	closed = now_ns();
	CHECK_OK(close(fd));
	woken = join(waiters, closed);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	CHECK_EQ(woken, is_mainline() ? 1 : WAITERS);
	if (is_mainline())
		note("reproduced: %u of %u waiters woken", woken, WAITERS);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
