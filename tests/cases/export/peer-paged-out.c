// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: arm64
 *
 * The peer's pages are paged out (test-faults simulates this). If they are paged in again, EXPORT
 * waits for them and works. Otherwise it fails after some seconds in total, not per page. The
 * status array marks the missing pages, and nothing stays mapped.
 */
#include "case.h"
#include "faults.h"
#include "guest.h"
#include "hv.h"

#define PAGES		150	/* three batches */
#define FOR_EVER	1000000000U
#define A_WHILE		300U
#define GIVES_UP_MS	15000

#define GNTST_EAGAIN	(-12)

static struct guest guest;
static struct guest_pages pages;
static int16_t status[PAGES];

static int try_export(struct export *export)
{
	struct gntdev_dmabuf_export args;

	args = gntdev_export_args(guest.domid, pages.refs, PAGES);
	args.status = (uintptr_t)status;
	if (gntdev_export(guest.gntdev, &args))
		return -1;
	*export = export_made(&args);
	return 0;
}

static void check_status(int16_t want)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		if (status[i] != want)
			FAIL("the status of %u is %d, not %d", i, status[i], want);
}

static void try_come_back(void)
{
	struct export export;

	fault_set(FAULT_MAP_AGAIN, A_WHILE);
	CHECK_OK(try_export(&export));
	check_status(0);
	export_close(&guest, &export);
}

static void try_stay_away(void)
{
	uint64_t start = now_ns();
	struct export export;

	fault_set(FAULT_MAP_AGAIN, FOR_EVER);
	CHECK_ERRNO(try_export(&export), EREMOTEIO);
	CHECK(now_ns() - start < GIVES_UP_MS * NSEC_PER_MSEC);
	fault_set(FAULT_MAP_AGAIN, 0);
	note("failed after %llu ms",
	     (unsigned long long)((now_ns() - start) / NSEC_PER_MSEC));
	check_status(GNTST_EAGAIN);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
}

int main(void)
{
	faults_begin();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	try_come_back();
	try_stay_away();
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
