// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 * limit: 120
 *
 * gntalloc in Dom0 frees pages that the guest has mapped, so the kernel keeps their references.
 * After the guest has unmapped them, the kernel ends all of them within a second: the next area
 * gets the same references. Unpatched kernels end 10 in a second. (The kernel's list of free
 * references is a stack.)
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "hv.h"
#include "inguest.h"

#define PAGES	1000U
#define GO	"/tmp/in-guest.deferred-go"

/* Others may have taken a few. */
#define MOST	(PAGES - 20)
/* What an unpatched kernel may have ended after a second and the time of the checks. */
#define FEW	200U

static bool may_go(void)
{
	return !access(GO, F_OK);
}

static int in_guest(struct guest *dom0, struct guest_pages *pages)
{
	struct guest_mapping mapping = map_in_guest(dom0, pages, PROT_READ);

	CHECK(WITHIN_MS(60000, may_go()));
	CHECK(memory_is(mapping.memory, 0, PAGES, pages->seed));
	unmap_in_guest(dom0, pages, &mapping, false);
	return CASE_PASS;
}

static int compare(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

/* How many references of an area of that size are among these? */
static unsigned int count_again(struct guest *guest, uint32_t *refs)
{
	unsigned int found = 0, i;
	struct gnt_area area;

	REQUIRE(!gnt_area_share(&area, (uint16_t)guest->domid, PAGES, true));
	qsort(refs, PAGES, sizeof(refs[0]), compare);
	for (i = 0; i < PAGES; i++)
		found += bsearch(&area.refs[i], refs, PAGES, sizeof(refs[0]), compare) != NULL;
	gnt_area_free(&area);
	return found;
}

int main(int argc, char **argv)
{
	struct dom0_pages shared;
	struct guest_pages pages;
	uint32_t refs[PAGES];
	struct guest guest;
	unsigned int again;

	if (is_in_guest(argc, argv, &guest, &pages))
		return in_guest(&guest, &pages);
	guest_open(&guest);
	dom0_share(&guest, &shared, PAGES);
	memcpy(refs, shared.area.refs, sizeof(refs));
	REQUIRE(!guest_run(&guest, "rm -f " GO));
	start_in_guest(&guest, &shared);
	CHECK(WITHIN_MS(20000, hv_mapped(0, refs, PAGES) == PAGES));
	gnt_area_free(&shared.area);
	/* They have been tried in vain for a while. */
	sleep_ms(1000);
	CHECK_EQ(hv_mapped(0, refs, PAGES), PAGES);
	REQUIRE(!guest_run(&guest, "touch " GO));
	CHECK(WITHIN_MS(20000, has_passed_in_guest(&guest)));
	sleep_ms(1000);
	again = count_again(&guest, refs);
	gnt_area_free(&shared.dir);
	note("%u of %u references are free again after a second", again, PAGES);
	if (is_mainline()) {
		CHECK(again < FEW);
		note("reproduced");
		return CASE_PASS;
	}
	CHECK(again >= MOST);
	return CASE_PASS;
}
