/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module test-faults: it injects errors of Xen and of the kernel's allocator that are hard
 * to provoke otherwise. It exists on arm64 only.
 */

#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

/* Operations of this process that map a grant return GNTST_eagain. */
#define FAULT_MAP_AGAIN		"map_again"

/* Hypercalls of this process to map grants fail as a whole. */
#define FAULT_MAP_REFUSED	"map_refused"

/* Operations of any process that unmap a grant return GNTST_general_error. */
#define FAULT_UNMAP_REFUSED	"unmap_refused"

/* Small allocations of this process fail. */
#define FAULT_NO_MEMORY		"no_memory"

/* Loads the module; call it early, see when_over(). */
void faults_begin(void);

/* Set and get how many more times a fault will happen. */
void fault_set(const char *fault, unsigned int times);
unsigned int fault_left(const char *fault);

/**
 * struct cache_counts - pages whose caches were maintained
 * @hypercalls: by Xen, which was asked to clean or to invalidate them
 * @cleaned: pages of other domains, by the kernel itself, for a device
 * @invalidated: pages of other domains, by the kernel itself, for the CPU
 */
struct cache_counts {
	long hypercalls, cleaned, invalidated;
};

/* Since this was last asked. */
struct cache_counts cache_counts(void);

#endif /* TESTS_FAULTS_H */
