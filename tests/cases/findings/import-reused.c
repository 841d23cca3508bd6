// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 * platforms: pvh pv arm64
 * limit: 120
 *
 * Dom0 imports a dma-buf of the CMA heap by the old ioctl, and releases it while the guest has it
 * mapped. The memory must stay the guest's to see until the guest unmaps it. Unpatched kernels
 * free it: the next buffer of the heap is at the same place, and the guest sees its content.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "hv.h"
#include "import.h"

#define PAGES	256
#define OTHERS	8
#define GO	"/tmp/in-guest.reused-go"

static bool may_go(void)
{
	return !access(GO, F_OK);
}

/* Passes if the pages have the same content after all, and MAINLINE=1 if they have not. */
static int in_guest(struct guest *dom0, struct guest_pages *pages)
{
	struct guest_mapping mapping = map_in_guest(dom0, pages, PROT_READ);
	bool same;

	CHECK(WITHIN_MS(60000, may_go()));
	same = memory_is(mapping.memory, 0, PAGES, pages->seed);
	unmap_in_guest(dom0, pages, &mapping, false);
	return same ? CASE_PASS : CASE_SKIP;
}

static void fill_others(void)
{
	struct source others[OTHERS];
	unsigned int i;

	for (i = 0; i < OTHERS; i++) {
		source_open(&others[i], "cma", PAGES);
		source_fill(&others[i], now_ns());
	}
	for (i = 0; i < OTHERS; i++)
		source_close(&others[i]);
}

int main(int argc, char **argv)
{
	struct dom0_pages shared = { .area.count = PAGES };
	struct guest_pages pages;
	uint32_t refs[PAGES];
	struct source source;
	struct guest guest;

	if (is_in_guest(argc, argv, &guest, &pages))
		return in_guest(&guest, &pages);
	guest_open(&guest);
	source_open(&source, "cma", PAGES);
	shared.seed = now_ns();
	source_fill(&source, shared.seed);
	CHECK_OK(gntdev_old_import(guest.gntdev, source.fd, guest.domid, refs, PAGES));
	REQUIRE(!gnt_dir_share(&shared.dir, (uint16_t)guest.domid, refs, PAGES));
	REQUIRE(!guest_run(&guest, "rm -f " GO));
	start_in_guest(&guest, &shared);
	CHECK(WITHIN_MS(20000, hv_mapped(0, refs, PAGES) == PAGES));
	CHECK_OK(gntdev_old_import_release(guest.gntdev, source.fd));
	source_close(&source);
	fill_others();
	REQUIRE(!guest_run(&guest, "touch " GO));
	CHECK_EQ(wait_in_guest(&guest, 20000), is_mainline() ? CASE_SKIP : CASE_PASS);
	if (is_mainline())
		note("reproduced: the guest sees memory that has been freed and used again");
	gnt_area_free(&shared.dir);
	return CASE_PASS;
}
