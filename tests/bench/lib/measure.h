/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Common functions of all benchmarks.
 *
 * A benchmark is a program for Dom0 that prints JSON objects on stdout, one per line. Other lines
 * are messages. It ends with 0, or like a case (lib/case.h) if it has no figure.
 *
 * Other processes must not disturb the measured operation. quiet_open() gives this process a
 * higher priority than all others in Dom0. The guest is paused between quiet_begin() and
 * quiet_end(), which must be less than a second apart. Work of kernel threads counts only if the
 * benchmark waits for it.
 */

#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdint.h>

#define MAX_SAMPLES	64

/**
 * struct samples - the same figure from several repetitions
 * @count: number of figures
 * @values: the figures
 */
struct samples {
	unsigned int count;
	int64_t values[MAX_SAMPLES];
};

void samples_add(struct samples *samples, int64_t value);

void quiet_open(uint32_t domid);
void quiet_begin(void);
void quiet_end(void);

/*
 * Calls turn(data, i) for each i below @count, sequentially, each in its own thread. All threads
 * exist from the beginning, so that each has a different kernel stack. On x86 Xen walks page tables
 * for the arguments of a hypercall. Their location changes the figures by up to 10 %, and
 * repetitions on the same stack do not average that out.
 */
void take_turns(unsigned int count, void (*turn)(void *data, unsigned int i),
		void *data);

/**
 * struct memory - the state of Dom0's memory, in pages
 * @free: free pages: nr_free_pages and the per-CPU lists, including the CMA area
 * @cma: the part of @free in the CMA area
 * @kernel: pages in the kernel's data structures: slab and vmalloc
 */
struct memory {
	int64_t free;
	int64_t cma;
	int64_t kernel;
};

struct memory memory_now(void);

/* The CPU time of this process. */
uint64_t cpu_ns(void);

/* Print one object: begin, members, end. */
void json_begin(const char *bench, const char *variant);
void json_number(const char *name, int64_t value);

/* The median as @name, and @name_min, @name_max, @name_samples. */
void json_samples(const char *name, const struct samples *samples);
void json_end(void);

#endif /* BENCH_MEASURE_H */
