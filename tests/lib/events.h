/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Eventfds for NOTIFY.
 */

#ifndef TESTS_EVENTS_H
#define TESTS_EVENTS_H

#include <stdint.h>

/* Opens a non-blocking eventfd whose count is 0. */
int event_open(void);

/* Returns how often it was signalled since the last call. */
uint64_t event_count(int event);

/* The same, but waits for the first signal. Fails the case if there is none. */
uint64_t event_wait(int event);

#endif /* TESTS_EVENTS_H */
