/* SPDX-License-Identifier: GPL-2.0 */
/*
 * This domain's memory, by three accounts: the kernel's, the balloon driver's and the
 * hypervisor's. What cannot be read ends the case.
 */

#ifndef TESTS_RAM_H
#define TESTS_RAM_H

#include <stdbool.h>
#include <stdint.h>

#define BALLOON		"/sys/devices/system/xen_memory/xen_memory0/"
#define BALLOON_TARGET	BALLOON "target_kb"
#define KB_PER_PAGE	4

/**
 * struct ram - the accounts at a moment
 * @total_kb: MemTotal
 * @current_kb: what the balloon driver thinks the domain has
 * @target_kb: what it is to have
 * @ballooned_kb: pages that wait for memory to be put behind them again
 * @xen_pages: what the domain has by the hypervisor's account
 */
struct ram {
	long total_kb;
	long current_kb, target_kb, ballooned_kb;
	uint64_t xen_pages;
};

void ram_look(struct ram *ram);
void ram_note(const char *when, const struct ram *ram);

/* Waits until all is as it was, and fails the case if it never is. */
void ram_wait_back(const struct ram *before, unsigned int ms);

/*
 * Waits until so many pages less than before are here, by all accounts but the target.
 * The balloon driver may put memory behind pages of the balloon in exchange.
 */
void ram_wait_less(const struct ram *before, long pages, unsigned int ms);

/* What the hypervisor says of this domain: the pages it has, and may have. */
uint64_t xen_pages(void);
uint64_t xen_max_pages(void);

/*
 * On Arm, Dom0 sees its memory where the machine has it. Xen keeps every frame for it: it
 * can be ballooned out, but counts as Dom0's, and is never refused when it is wanted back.
 */
bool xen_keeps_frames(void);

/* Let the domain have at most so many; the case's end puts it back. */
void xen_keep_max_pages(void);
void xen_set_max_pages(uint64_t pages);

/*
 * Free pages, those in the CPUs' own lists among them, with the caches dropped. Two
 * looks at an idle system differ by less than FREE_SLACK.
 */
long free_pages(void);
#define FREE_SLACK	(1024L / KB_PER_PAGE)

/* Does this kernel keep records of each allocation, which take memory as well? */
bool is_debug_kernel(void);

#endif /* TESTS_RAM_H */
