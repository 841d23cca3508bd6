// SPDX-License-Identifier: GPL-2.0
/*
 * The guest grants pages for reading only. EXPORT needs READONLY for them. Without it, Xen refuses
 * each one.
 */
#include <sys/mman.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES		4
#define GENERAL_ERROR	-1	/* GNTST_general_error */

int main(void)
{
	struct gntdev_dmabuf_export args;
	int16_t status[PAGES] = { 7, 7, 7, 7 };
	struct guest_pages pages;
	struct export export;
	struct guest guest;
	unsigned int i;
	void *memory;

	guest_open(&guest);
	guest_share_readonly(&guest, &pages, PAGES);

	args = gntdev_export_args(guest.domid, pages.refs, PAGES);
	args.status = (uintptr_t)status;
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EREMOTEIO);
	for (i = 0; i < PAGES; i++)
		CHECK_EQ(status[i], GENERAL_ERROR);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);

	export = export_pages(&guest, &pages, GNTDEV_DMABUF_EXPORT_READONLY);
	memory = export_map(&export, PROT_READ);
	CHECK(memory_is(memory, 0, PAGES, pages.seed));
	export_unmap(&export, memory);
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
