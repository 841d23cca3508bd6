/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that take runs of frames and give them back, whole and in parts, in disorder.
 * All the while: no frame is ever given out twice, and the statistics count exactly what
 * is out. Whatever is wrong fails the case.
 */

#ifndef TESTS_STORM_H
#define TESTS_STORM_H

#include <pthread.h>
#include <stdint.h>

struct storm_worker;

/**
 * struct storm - what is to be done, and what was done. frames_open() comes first
 * @threads: how many
 * @slots: runs that a thread has at most at a time
 * @most: frames of the longest run; half of the runs are much shorter
 * @turns: allocations and frees of a thread; 0: until storm_end()
 * @takes: allocations that worked
 * @gives: frees, whole ones and parts
 * @parts: frees that left something of the run
 * @refusals: allocations that got ENOMEM
 * @worst: the worst longest free run, in percent of the free frames (region only)
 *
 * The rest is the storm's own.
 */
struct storm {
	unsigned int threads, slots;
	uint32_t most;
	unsigned int turns;

	unsigned long takes, gives, parts, refusals;
	unsigned int worst;

	/* Read-locked to take or give; write-locked to look at all that is out. */
	pthread_rwlock_t world;
	struct storm_worker *workers;
	unsigned long used_before;
	uint64_t seed;
	int over;
};

void storm_begin(struct storm *storm);

/* Waits for its turns to be over, gives everything back, and checks that it is. */
void storm_end(struct storm *storm);

void storm_note(const struct storm *storm);

#endif /* TESTS_STORM_H */
