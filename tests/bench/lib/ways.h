/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ways to get at a guest's pages from Dom0, and to let go of them again: what is
 * measured side by side.
 */

#ifndef BENCH_WAYS_H
#define BENCH_WAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

/**
 * struct job - a guest's pages, on their way in and out
 * @guest: whose they are
 * @pages: the pages
 * @export: what EXPORT and the old ioctl make of them; the latter without an id
 * @memory: where a plain mapping is in this process
 * @index: its name on the gntdev file
 * @floor: the test device that makes bare hypercalls
 */
struct job {
	struct guest *guest;
	const struct guest_pages *pages;
	struct export export;
	void *memory;
	uint64_t index;
	int floor;
};

/**
 * struct way - how it is done
 * @name: on the command line and in the results
 * @prepare: before the time that counts, may be NULL
 * @make: counts: get at the pages
 * @check: does not count: is it what it should be? May be NULL. Ends the process if not
 * @release: counts: until the guest may be told that its pages are its own
 * @finish: does not count, may be NULL
 * @inspect: once, when they are there, and does not count: are they the guest's memory?
 *           May be NULL. Ends the process if not
 * @scattered: is to be measured while no contiguous frames are given out
 */
struct way {
	const char *name;
	void (*prepare)(struct job *job);
	void (*make)(struct job *job);
	void (*check)(struct job *job);
	void (*release)(struct job *job);
	void (*finish)(struct job *job);
	void (*inspect)(struct job *job);
	bool scattered;
};

/* Ends the process if there is no way of that name. */
const struct way *find_way(const char *name);

#endif /* BENCH_WAYS_H */
