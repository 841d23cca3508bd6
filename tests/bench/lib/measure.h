/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every benchmark is made of.
 *
 * A benchmark is a program for Dom0 that prints one JSON object per line on stdout;
 * lines that are none are messages. It ends with 0, or as a case does (lib/case.h)
 * if there is no figure to be had.
 *
 * What is measured has to be as good as alone on the machine: quiet_open() puts this
 * process before all others of Dom0, and the guest stands still between
 * quiet_begin() and quiet_end(); not for longer than a second. Work that the kernel
 * leaves to its own threads counts as far as somebody waits for it.
 */

#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdint.h>

#define MAX_SAMPLES	64

/**
 * struct samples - the same figure from several repetitions
 * @count: how many there are
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
 * Calls turn(data, i) for each i below @count, one after the other, each in a thread of
 * its own; all threads are there from the beginning, so that each has another kernel
 * stack. On x86 Xen walks page tables to get at the arguments of a hypercall, and where
 * they lie makes a difference of up to a tenth that does not go away by repetition.
 */
void take_turns(unsigned int count, void (*turn)(void *data, unsigned int i),
		void *data);

/**
 * struct memory - Dom0's memory at a moment, in pages
 * @free: free pages: nr_free_pages and what the CPUs keep at hand; with the CMA area
 * @cma: of these, in the CMA area
 * @kernel: taken by the kernel's lists and tables: slab and vmalloc
 */
struct memory {
	int64_t free;
	int64_t cma;
	int64_t kernel;
};

struct memory memory_now(void);

/* The time that this process has been running, on the CPU. */
uint64_t cpu_ns(void);

/* One object: begin, members, end. */
void json_begin(const char *bench, const char *variant);
void json_number(const char *name, int64_t value);

/* The median as @name, and @name_min, @name_max, @name_samples. */
void json_samples(const char *name, const struct samples *samples);
void json_end(void);

#endif /* BENCH_MEASURE_H */
