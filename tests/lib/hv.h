/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hypervisor's own account of who maps whose grants: what Xen prints for the
 * debug key g.
 */

#ifndef TESTS_HV_H
#define TESTS_HV_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct hv_grant - a grant that somebody maps
 * @owner: the domain that granted it
 * @ref: its reference there
 * @mapper: the domain that maps it
 * @frame: the machine's frame that it is
 * @pins: how: four counts of 8 bits (for devices or hosts, writing or reading)
 */
struct hv_grant {
	uint32_t owner, ref, mapper, pins;
	uint64_t frame;
};

/**
 * struct hv_account - all grants that are mapped at a moment
 * @grants: the grants
 * @count: how many
 * @domains: the domains that have a grant table, so all that there are
 * @domain_count: how many
 */
struct hv_account {
	struct hv_grant *grants;
	unsigned int count;
	uint32_t *domains;
	unsigned int domain_count;
};

struct hv;

/* NULL with errno. */
struct hv *hv_open(void);
void hv_close(struct hv *hv);

/*
 * What Xen's console got since this was last asked, or since it was cleared; NULL
 * with errno. To be freed by the caller.
 */
char *hv_console(struct hv *hv, bool clear);

/* The account of now; -1 with errno. What else Xen printed meanwhile is lost. */
int hv_account(struct hv *hv, struct hv_account *account);
void hv_account_free(struct hv_account *account);

/*
 * For cases: how many of the owner's references somebody maps at the moment. Ends
 * the case if Xen does not tell.
 */
unsigned int hv_mapped(uint32_t owner, const uint32_t *refs, uint32_t count);

/* The machine's frames of the owner's references, all of which somebody has mapped. */
void hv_frames(uint32_t owner, const uint32_t *refs, uint32_t count, uint64_t *frames);

#endif /* TESTS_HV_H */
