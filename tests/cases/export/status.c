// SPDX-License-Identifier: GPL-2.0
/*
 * The status array is all zero after success. If several references are bad, it marks each of them.
 * Nothing is written beyond its end.
 */
#include "case.h"
#include "guest.h"

#define PAGES	300
#define POISON	0x5a5a

static int16_t status[PAGES + 1];

static void poison(void)
{
	unsigned int i;

	for (i = 0; i <= PAGES; i++)
		status[i] = POISON;
}

int main(void)
{
	struct gntdev_dmabuf_export args;
	struct guest_pages pages;
	struct export export;
	struct guest guest;
	unsigned int i;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);

	poison();
	args = gntdev_export_args(guest.domid, pages.refs, PAGES);
	args.status = (uintptr_t)status;
	CHECK_OK(gntdev_export(guest.gntdev, &args));
	for (i = 0; i < PAGES; i++)
		CHECK_EQ(status[i], 0);
	CHECK_EQ(status[PAGES], POISON);
	export = export_made(&args);
	export_close(&guest, &export);

	/* Every third one is bad. */
	for (i = 0; i < PAGES; i += 3)
		pages.refs[i] = REF_OUT_OF_RANGE;
	poison();
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EREMOTEIO);
	for (i = 0; i < PAGES; i++)
		if ((i % 3 == 0) != (status[i] < 0))
			FAIL("status of %u is %d", i, status[i]);
	CHECK_EQ(status[PAGES], POISON);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
