// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 120
 *
 * The guest maps an import, and after REVOKE keeps only one page of it, the first or the last. The
 * references of all others end: soon the guest cannot map any of them again.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "gnt.h"
#include "import.h"

#define PAGES		64
#define REVOKED		"/tmp/held-page.revoked"
#define TRIED		"/tmp/held-page.tried"
#define END		"/tmp/held-page.end"
#define GUEST_MS	30000
#define SETTLE_US	3000000

/* ---- the part in the guest */

static bool is_there(const char *path)
{
	return !access(path, F_OK);
}

/* All pages but the kept one are @others.count ones from @others.refs on. */
static int keep_one(struct guest *dom0, const struct guest_pages *others, uint32_t kept)
{
	struct guest_mapping mapping;
	uint64_t index;
	uint32_t i;
	void *page;
	FILE *file;

	guest_open_gntdev(dom0);
	page = CHECK_OK(gntdev_map(dom0->gntdev, 0, &kept, 1, PROT_READ, &index));
	mapping.memory = CHECK_OK(gntdev_map(dom0->gntdev, 0, others->refs, others->count,
					     PROT_READ, &mapping.index));
	CHECK(WITHIN_MS(GUEST_MS, is_there(REVOKED)));
	CHECK_OK(gntdev_unmap(dom0->gntdev, mapping.memory, others->count, mapping.index));
	usleep(SETTLE_US);
	for (i = 0; i < others->count; i++)
		CHECK((long)gntdev_map(dom0->gntdev, 0, &others->refs[i], 1, PROT_READ,
				       &mapping.index) == -1);
	file = fopen(TRIED, "w");
	REQUIRE(file);
	REQUIRE(!fclose(file));
	CHECK(WITHIN_MS(GUEST_MS, is_there(END)));
	CHECK_OK(gntdev_unmap(dom0->gntdev, page, 1, index));
	return CASE_PASS;
}

/* The seed tells which page to keep. */
static int run_part(struct guest *dom0, struct guest_pages *pages)
{
	uint32_t kept = pages->refs[pages->seed];

	pages->count--;
	if (!pages->seed)
		pages->refs++;
	return keep_one(dom0, pages, kept);
}

/* ---- the part in Dom0 */

static void check(struct guest *guest, uint32_t kept)
{
	struct source source;
	struct import import;

	note("the guest keeps page %u", kept);
	REQUIRE(!guest_run(guest, "rm -f " REVOKED " " TRIED " " END));
	source_open(&source, "udmabuf", PAGES);
	import_source(guest, &source, 0, &import);
	import.shared.seed = kept;
	start_in_guest(guest, &import.shared);
	CHECK(WITHIN_MS(GUEST_MS, import_query(&import).mapped == PAGES));
	import_revoke(&import);
	REQUIRE(!guest_run(guest, "touch " REVOKED));
	if (!WITHIN_MS(GUEST_MS, !guest_run(guest, "test -e " TRIED))) {
		has_passed_in_guest(guest);
		FAIL("the guest has not tried to map the pages");
	}
	CHECK_EQ(import_query(&import).mapped, 1);
	CHECK(!import_is_released(&import, 0));
	REQUIRE(!guest_run(guest, "touch " END));
	CHECK(WITHIN_MS(GUEST_MS, has_passed_in_guest(guest)));
	CHECK(import_is_released(&import, 1000));
	source_close(&source);
	import_forget(&import);
}

int main(int argc, char **argv)
{
	struct guest_pages pages;
	struct guest guest;

	if (is_in_guest(argc, argv, &guest, &pages))
		return run_part(&guest, &pages);
	guest_open(&guest);
	check(&guest, 0);
	check(&guest, PAGES - 1);
	return CASE_PASS;
}
