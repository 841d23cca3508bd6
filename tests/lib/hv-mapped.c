// SPDX-License-Identifier: GPL-2.0
#include "case.h"
#include "hv.h"

static bool is_one_of(uint32_t ref, const uint32_t *refs, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		if (refs[i] == ref)
			return true;
	return false;
}

static bool has_domain(const struct hv_account *account, uint32_t domid)
{
	return is_one_of(domid, account->domains, account->domain_count);
}

/* Gets an account at a time when the owner is alive. */
static void look(uint32_t owner, struct hv_account *account)
{
	static struct hv *hv;

	if (!hv)
		hv = hv_open();
	REQUIRE(hv);
	REQUIRE(!hv_account(hv, account));
	REQUIRE(has_domain(account, owner));
}

unsigned int hv_mapped(uint32_t owner, const uint32_t *refs, uint32_t count)
{
	struct hv_account account;
	unsigned int found = 0, i;

	look(owner, &account);
	for (i = 0; i < account.count; i++)
		if (account.grants[i].owner == owner)
			found += is_one_of(account.grants[i].ref, refs, count);
	hv_account_free(&account);
	return found;
}

static const struct hv_grant *find_grant(const struct hv_account *account, uint32_t owner,
					 uint32_t ref)
{
	unsigned int i;

	for (i = 0; i < account->count; i++)
		if (account->grants[i].owner == owner && account->grants[i].ref == ref)
			return &account->grants[i];
	return NULL;
}

void hv_frames(uint32_t owner, const uint32_t *refs, uint32_t count, uint64_t *frames)
{
	struct hv_account account;
	uint32_t i;

	look(owner, &account);
	for (i = 0; i < count; i++) {
		const struct hv_grant *grant = find_grant(&account, owner, refs[i]);

		CHECK(grant);
		frames[i] = grant->frame;
	}
	hv_account_free(&account);
}
