/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hypervisor's account of all mapped grants: the output of Xen for the debug key g.
 */

#ifndef TESTS_HV_H
#define TESTS_HV_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct hv_grant - a grant that a domain maps
 * @owner: the domain that granted it
 * @ref: its reference in the grant table of the owner
 * @mapper: the domain that maps it
 * @frame: its machine frame
 * @pins: four counts of 8 bits: device or host mappings, for writing or reading
 */
struct hv_grant {
	uint32_t owner, ref, mapper, pins;
	uint64_t frame;
};

/**
 * struct hv_account - all grants that are mapped at one point in time
 * @grants: the grants
 * @count: number of grants
 * @domains: all domains, since each has a grant table
 * @domain_count: number of domains
 */
struct hv_account {
	struct hv_grant *grants;
	unsigned int count;
	uint32_t *domains;
	unsigned int domain_count;
};

struct hv;

/* Returns NULL with errno set on failure. */
struct hv *hv_open(void);
void hv_close(struct hv *hv);

/*
 * Returns the output of Xen's console since the last call, or since it was cleared. NULL with
 * errno set on failure. The caller frees the text.
 */
char *hv_console(struct hv *hv, bool clear);

/*
 * Gets the current account; -1 with errno set on failure. Other output of Xen in the meantime is
 * lost.
 */
int hv_account(struct hv *hv, struct hv_account *account);
void hv_account_free(struct hv_account *account);

/*
 * For cases: returns how many of the owner's references are mapped now, by any domain. Ends the
 * case if Xen gives no account.
 */
unsigned int hv_mapped(uint32_t owner, const uint32_t *refs, uint32_t count);

/* Gets the machine frames of the owner's references, all of which must be mapped. */
void hv_frames(uint32_t owner, const uint32_t *refs, uint32_t count, uint64_t *frames);

#endif /* TESTS_HV_H */
