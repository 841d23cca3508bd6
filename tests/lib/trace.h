/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's trace events. A failure ends the case.
 */

#ifndef TESTS_TRACE_H
#define TESTS_TRACE_H

#include <stdint.h>
#include <stdio.h>

/* Enables events until the case ends. @events: a system, or system/event, below events/. */
void trace_begin(const char *events);

/* Discards the events so far. */
void trace_forget(void);

/* Records nothing more, so that reading does not go on for ever if there are many events. */
void trace_stop(void);

/* Opens the recorded events for reading. The caller closes the file. */
FILE *trace_open(void);

/* Returns the next event with this name, starting at the name, or NULL. */
const char *trace_next(FILE *file, const char *name);

/* Return the value of a member, which every event prints as "name=value". */
const char *trace_member(const char *event, const char *name);
uint64_t trace_number(const char *event, const char *name);

/* Returns the sum of a member over all recorded events with the name @event. */
uint64_t trace_sum(const char *event, const char *member);

#endif /* TESTS_TRACE_H */
