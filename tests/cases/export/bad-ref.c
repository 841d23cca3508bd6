// SPDX-License-Identifier: GPL-2.0
/*
 * One bad reference among valid ones is EREMOTEIO. The status array marks only this reference, no
 * grant stays mapped, and no descriptor is made. The valid references can be exported afterwards.
 */
#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	150	/* batches of 64: there are valid ones before and after the bad one */
#define POISON	0x5a5a

static void try_bad(struct guest *guest, struct guest_pages *pages,
		    uint32_t place, uint32_t bad_ref)
{
	uint32_t good_ref = pages->refs[place], i;
	unsigned int fds = count_fds();
	struct gntdev_dmabuf_export args;
	int16_t status[PAGES];

	for (i = 0; i < PAGES; i++)
		status[i] = POISON;
	pages->refs[place] = bad_ref;
	args = gntdev_export_args(guest->domid, pages->refs, PAGES);
	args.status = (uintptr_t)status;
	CHECK_ERRNO(gntdev_export(guest->gntdev, &args), EREMOTEIO);
	for (i = 0; i < PAGES; i++)
		if (i == place ? status[i] >= 0 : status[i] != 0)
			FAIL("bad reference at %u: status of %u is %d", place,
			     i, status[i]);
	CHECK_EQ(args.fd, -1);
	CHECK_EQ(args.id, 0);
	CHECK_EQ(count_fds(), fds);

	/* The same without a status array. */
	args.status = 0;
	CHECK_ERRNO(gntdev_export(guest->gntdev, &args), EREMOTEIO);
	pages->refs[place] = good_ref;
	CHECK_EQ(hv_mapped(guest->domid, pages->refs, PAGES), 0);
}

static void try_places(struct guest *guest, struct guest_pages *pages,
		       const char *what, uint32_t bad_ref)
{
	note("%s: %#x", what, bad_ref);
	try_bad(guest, pages, 0, bad_ref);
	try_bad(guest, pages, PAGES / 2, bad_ref);
	try_bad(guest, pages, PAGES - 1, bad_ref);
}

int main(void)
{
	struct guest_pages pages;
	struct export export;
	struct guest guest;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	try_places(&guest, &pages, "beyond the grant table", REF_OUT_OF_RANGE);
	try_places(&guest, &pages, "granted to another domain",
		   guest_ref_of_other_domain(&guest));
	try_places(&guest, &pages, "of an ended grant", guest_ended_ref(&guest));

	export = export_pages(&guest, &pages, 0);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), PAGES);
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
