/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's trace events. What cannot be had ends the case.
 */

#ifndef TESTS_TRACE_H
#define TESTS_TRACE_H

#include <stdint.h>
#include <stdio.h>

/* From now on until the case is over, these: a system or system/event below events/. */
void trace_begin(const char *events);

/* What has happened so far. */
void trace_forget(void);

/* All that has happened, to be read and closed. */
FILE *trace_open(void);

/* The next event of that name in the file, from its name on; or NULL. */
const char *trace_next(FILE *file, const char *name);

/* Of "name=value", as every event prints its members. */
const char *trace_member(const char *event, const char *name);
uint64_t trace_number(const char *event, const char *name);

#endif /* TESTS_TRACE_H */
