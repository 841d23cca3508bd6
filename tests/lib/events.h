/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Eventfds, as NOTIFY signals them.
 */

#ifndef TESTS_EVENTS_H
#define TESTS_EVENTS_H

#include <stdint.h>

/* One that does not block, with nothing in it. */
int event_open(void);

/* How often it was signalled since this was asked last. */
uint64_t event_count(int event);

/* The same, waiting until it was signalled at all. Fails the case if it never is. */
uint64_t event_wait(int event);

#endif /* TESTS_EVENTS_H */
