/* SPDX-License-Identifier: GPL-2.0 */
/* A thread in WAIT. */

#ifndef TESTS_WAITER_H
#define TESTS_WAITER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Stays where it is until waiter_is_released() has returned. */
struct waiter {
	pthread_t thread;
	int gntdev;
	uint64_t id, deadline;
	int tid;
	int result, error;
	bool done;
};

/*
 * Returns when the thread is waiting, or has waited already. The deadline is one of in_ms(), or GNTDEV_DMABUF_WAIT_FOREVER.
 */
void waiter_start(struct waiter *waiter, int gntdev, uint64_t id, uint64_t deadline);

bool waiter_is_done(const struct waiter *waiter);

/* WAIT returns 0 soon, if it has not yet, and the thread is over. Fails the case if not. */
void waiter_is_released(struct waiter *waiter);

#endif /* TESTS_WAITER_H */
