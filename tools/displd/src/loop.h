/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The event loop. It runs in one thread, so nothing here has locks.
 */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct source - a descriptor that the loop polls for input
 * @fd: the descriptor, which remains the owner's
 * @ready: called when @fd is readable. It can remove and free any source
 *
 * The owner embeds it, and removes it before it frees it or closes @fd.
 */
struct source {
	int fd;
	void (*ready)(struct source *source);
};

/* -1 with errno set. */
int loop_open(void);
void loop_close(void);
int loop_add(struct source *source);
/* If @want, the source is also called when its descriptor can be written. */
void loop_want_output(struct source *source, bool want);
void loop_remove(struct source *source);

/* Waits for a source and calls it. If not @wait, only looks. -1 with errno set, also EINTR. */
int loop_turn(bool wait);

/* A descriptor that is readable after @ns, once, or -1 with errno set. */
int timer_new(uint64_t ns);
/*
 * Makes a timer that does not run the descriptor of a source, and adds the source. -1 with errno set,
 * and then nothing stays.
 */
int timer_add(struct source *source);
/* Starts the timer again. @ns 0 stops it. */
void timer_set(int fd, uint64_t ns);

#endif /* LOOP_H */
