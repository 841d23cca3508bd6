/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that allocate runs of frames and free them, whole and in parts, in random order. The
 * storm checks that no frame is allocated twice and that the statistics count exactly the
 * allocated frames. A violation fails the case.
 */

#ifndef TESTS_STORM_H
#define TESTS_STORM_H

#include <pthread.h>
#include <stdint.h>

struct storm_worker;

/**
 * struct storm - parameters and results. Call frames_open() first
 * @threads: number of threads
 * @slots: maximum number of runs that a thread has at a time
 * @most: frames of the longest run; half of the runs are much shorter
 * @turns: allocations and frees of a thread; 0: until storm_end()
 * @takes: allocations that succeeded
 * @gives: frees of whole runs and of parts
 * @parts: frees after which a part of the run was left
 * @refusals: allocations that failed with ENOMEM
 * @worst: minimum of the longest free run, in percent of the free frames (region only)
 *
 * The other members are private.
 */
struct storm {
	unsigned int threads, slots;
	uint32_t most;
	unsigned int turns;

	unsigned long takes, gives, parts, refusals;
	unsigned int worst;

	/* Held for reading to allocate or free; for writing to check all allocated frames. */
	pthread_rwlock_t world;
	struct storm_worker *workers;
	unsigned long used_before;
	uint64_t seed;
	int over;
};

void storm_begin(struct storm *storm);

/* Waits until the turns are over, frees everything, and checks that nothing is left. */
void storm_end(struct storm *storm);

void storm_note(const struct storm *storm);

#endif /* TESTS_STORM_H */
