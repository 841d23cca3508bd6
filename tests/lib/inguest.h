/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases of which a part runs in the guest, with memory that Dom0 shares: the other way
 * round than usual. That part is the same program, with words behind its name.
 */

#ifndef TESTS_INGUEST_H
#define TESTS_INGUEST_H

#include "guest.h"

/**
 * struct dom0_pages - memory of Dom0 that the guest may map
 * @area: the memory
 * @dir: its references
 * @seed: of the pattern that it was filled with
 */
struct dom0_pages {
	struct gnt_area area;
	struct gnt_area dir;
	uint64_t seed;
};

void dom0_share(struct guest *guest, struct dom0_pages *pages, uint32_t count);

/* Checks that the guest maps none of it any more. */
void dom0_unshare(struct dom0_pages *pages);

/* Runs the part that is in the guest, which has to pass. */
void run_in_guest(struct guest *guest, const struct dom0_pages *pages);

/* Has it run while the case goes on; and whether it has ended: then it has to have passed. */
void start_in_guest(struct guest *guest, const struct dom0_pages *pages);
bool has_passed_in_guest(struct guest *guest);

/*
 * In the guest, with main()'s arguments: is this that part? Then Dom0 as the one who shares,
 * and the pages; the gntdev file is for the case to open.
 */
bool is_in_guest(int argc, char **argv, struct guest *dom0, struct guest_pages *pages);

#endif /* TESTS_INGUEST_H */
