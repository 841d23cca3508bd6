/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module test-faults: answers of Xen and of the kernel's allocator that are given only
 * when something is wrong elsewhere. There is one for arm64 only.
 */

#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

/* Operations of this process that map a grant: GNTST_eagain. */
#define FAULT_MAP_AGAIN		"map_again"

/* Hypercalls of this process to map grants: they fail as a whole. */
#define FAULT_MAP_REFUSED	"map_refused"

/* Operations that unmap one: GNTST_general_error. */
#define FAULT_UNMAP_REFUSED	"unmap_refused"

/* Small allocations of this process. */
#define FAULT_NO_MEMORY		"no_memory"

/* Loads the module; call it early, see when_over(). */
void faults_begin(void);

/* How often it is still to happen. */
void fault_set(const char *fault, unsigned int times);
unsigned int fault_left(const char *fault);

/* Pages whose caches Xen was asked to clean or to invalidate since this was last asked. */
long cache_flushes(void);

#endif /* TESTS_FAULTS_H */
