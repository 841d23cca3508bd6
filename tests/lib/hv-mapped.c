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

unsigned int hv_mapped(uint32_t owner, const uint32_t *refs, uint32_t count)
{
	struct hv_account account;
	unsigned int found = 0, i;
	static struct hv *hv;

	if (!hv)
		hv = hv_open();
	REQUIRE(hv);
	REQUIRE(!hv_account(hv, &account));
	REQUIRE(has_domain(&account, owner));
	for (i = 0; i < account.count; i++)
		if (account.grants[i].owner == owner)
			found += is_one_of(account.grants[i].ref, refs, count);
	hv_account_free(&account);
	return found;
}
