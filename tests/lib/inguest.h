/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases with a part that runs in the guest and uses memory that Dom0 shares, in contrast to the
 * other cases. That part is the same program, called with arguments.
 */

#ifndef TESTS_INGUEST_H
#define TESTS_INGUEST_H

#include "guest.h"

/**
 * struct dom0_pages - memory of Dom0 that the guest may map
 * @area: the memory
 * @dir: its references
 * @seed: seed of the pattern in the memory
 */
struct dom0_pages {
	struct gnt_area area;
	struct gnt_area dir;
	uint64_t seed;
};

void dom0_share(struct guest *guest, struct dom0_pages *pages, uint32_t count);

/* Checks that the guest no longer maps any of it, and ends the grants. */
void dom0_unshare(struct dom0_pages *pages);

/* Runs the part in the guest and fails the case unless it passes. */
void run_in_guest(struct guest *guest, const struct dom0_pages *pages);

/*
 * Starts the part in the guest, or this program with other arguments, without waiting. has_passed_in_guest() is false until the
 * part has ended, and fails the case if it has not passed.
 */
void start_in_guest(struct guest *guest, const struct dom0_pages *pages);
void start_program_in_guest(struct guest *guest, const char *arguments);
bool has_passed_in_guest(struct guest *guest);

/* Waits until the part has ended. Returns its exit status, or fails the case. */
int wait_in_guest(struct guest *guest, unsigned int ms);

/*
 * Is this the part in the guest, according to main()'s arguments? If so, fills in @dom0 as the
 * domain that shares, and @pages. The case opens the gntdev file itself.
 */
bool is_in_guest(int argc, char **argv, struct guest *dom0, struct guest_pages *pages);

/*
 * For the part in the guest: the pages, mapped by a plain gntdev mapping, with their pattern. Map
 * checks the pattern. Unmap writes the pattern of the inverted seed first if @writes.
 */
struct guest_mapping {
	void *memory;
	uint64_t index;
};

struct guest_mapping map_in_guest(struct guest *dom0, const struct guest_pages *pages, int prot);
void unmap_in_guest(struct guest *dom0, const struct guest_pages *pages,
		    const struct guest_mapping *mapping, bool writes);

#endif /* TESTS_INGUEST_H */
