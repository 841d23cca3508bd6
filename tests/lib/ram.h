/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory of this domain, by three accounts: the kernel's, the balloon driver's and the
 * hypervisor's. An account that cannot be read ends the case.
 */

#ifndef TESTS_RAM_H
#define TESTS_RAM_H

#include <stdbool.h>
#include <stdint.h>

#define BALLOON		"/sys/devices/system/xen_memory/xen_memory0/"
#define BALLOON_TARGET	BALLOON "target_kb"
#define KB_PER_PAGE	4

/**
 * struct ram - the accounts at one point in time
 * @total_kb: MemTotal
 * @current_kb: size of the domain, according to the balloon driver
 * @target_kb: target size of the domain
 * @ballooned_kb: pages in the balloon, which have no memory behind them
 * @xen_pages: size of the domain in pages, according to the hypervisor
 */
struct ram {
	long total_kb;
	long current_kb, target_kb, ballooned_kb;
	uint64_t xen_pages;
};

void ram_look(struct ram *ram);
void ram_note(const char *when, const struct ram *ram);

/* Waits until all accounts are as before. Fails the case if this takes longer than @ms. */
void ram_wait_back(const struct ram *before, unsigned int ms);

/*
 * Waits until the domain has @pages pages less than before, by all accounts except the target.
 * The balloon driver may populate pages of the balloon in exchange.
 */
void ram_wait_less(const struct ram *before, long pages, unsigned int ms);

/* The pages that this domain has, and its limit, according to the hypervisor. */
uint64_t xen_pages(void);
uint64_t xen_max_pages(void);

/*
 * On Arm, the memory of Dom0 is direct-mapped, so Xen reserves all its frames. A frame that is
 * ballooned out still counts as Dom0's, and Xen never refuses to populate it again.
 */
bool xen_keeps_frames(void);

/* xen_keep_max_pages() saves the limit of the domain and restores it when the case ends. */
void xen_keep_max_pages(void);
void xen_set_max_pages(uint64_t pages);

/*
 * Drops the caches and counts the free pages, including those in the lists of the CPUs. Two
 * results on an idle system differ by less than FREE_SLACK.
 */
long free_pages(void);
#define FREE_SLACK	(1024L / KB_PER_PAGE)

/* Does this kernel record each allocation (kmemleak)? The records take memory. */
bool is_debug_kernel(void);

#endif /* TESTS_RAM_H */
