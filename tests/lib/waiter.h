/* SPDX-License-Identifier: GPL-2.0 */
/* A thread in WAIT. */

#ifndef TESTS_WAITER_H
#define TESTS_WAITER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Must stay valid until waiter_is_released() has returned. */
struct waiter {
	pthread_t thread;
	int gntdev;
	uint64_t id, deadline;
	int tid;
	int result, error;
	bool done;
};

/*
 * Returns when the thread waits, or has already finished waiting. The deadline is a value of
 * in_ms(), or GNTDEV_DMABUF_WAIT_FOREVER.
 */
void waiter_start(struct waiter *waiter, int gntdev, uint64_t id, uint64_t deadline);

bool waiter_is_done(const struct waiter *waiter);

/* Fails the case unless WAIT returns 0 soon, or has already done so. Joins the thread. */
void waiter_is_released(struct waiter *waiter);

#endif /* TESTS_WAITER_H */
