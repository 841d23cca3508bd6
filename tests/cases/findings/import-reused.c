// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 * mainline-spoils
 * platforms: pvh pv arm64
 * limit: 120
 *
 * Dom0 imports a dma-buf of the CMA heap by the old ioctl, and releases it while the guest has it
 * mapped. The memory must stay allocated until the guest unmaps it. Unpatched kernels free it: the
 * heap gives it back to CMA, which reports that the pages are in use. (The list of references that
 * are ended later has taken a reference on each page. So the guest does not see another content.)
 */
#include <stdio.h>
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

static int in_guest(struct guest *dom0, struct guest_pages *pages)
{
	struct guest_mapping mapping = map_in_guest(dom0, pages, PROT_READ);

	CHECK(WITHIN_MS(60000, may_go()));
	CHECK(memory_is(mapping.memory, 0, PAGES, pages->seed));
	unmap_in_guest(dom0, pages, &mapping, false);
	return CASE_PASS;
}

/* How often has the kernel reported that memory was freed in use? */
static unsigned int count_reports(void)
{
	FILE *file = popen("dmesg | grep -c 'pages are still in use'", "r");
	unsigned int count;

	REQUIRE(file);
	REQUIRE(fscanf(file, "%u", &count) == 1);
	pclose(file);
	return count;
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
	unsigned int reports;

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
	reports = count_reports();
	CHECK_OK(gntdev_old_import_release(guest.gntdev, source.fd));
	source_close(&source);
	fill_others();
	REQUIRE(!guest_run(&guest, "touch " GO));
	CHECK_EQ(wait_in_guest(&guest, 20000), CASE_PASS);
	if (is_mainline()) {
		CHECK(count_reports() > reports);
		note("reproduced: memory is freed while the guest has it mapped");
	}
	gnt_area_free(&shared.dir);
	return CASE_PASS;
}
