/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ways to get access to a guest's pages from Dom0 and to release them, which the benchmark
 * compares.
 */

#ifndef BENCH_WAYS_H
#define BENCH_WAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

/**
 * struct job - pages of a guest, and this process's access to them
 * @guest: the owner of the pages
 * @pages: the pages
 * @export: the export of EXPORT or the old ioctl; the old ioctl has no id
 * @memory: address of the mapping in this process
 * @index: index of a plain mapping in the gntdev file
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
 * struct way - one way to access and release the pages
 * @name: on the command line and in the results
 * @prepare: not measured: prepares @make. May be NULL
 * @make: measured: gets access to the pages
 * @check: not measured: ends the process unless @make had the intended effect. May be NULL
 * @release: measured: releases the pages, until the guest may reuse them
 * @finish: not measured: cleans up. May be NULL
 * @inspect: not measured, called once between @make and @release: ends the process unless the
 *           pages are the guest's memory. May be NULL
 * @scattered: measure while the limit of contiguous frames is 0
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
