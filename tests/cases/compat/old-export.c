// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 *
 * The old EXP_FROM_REFS without flags makes a dma-buf, and the old wait returns after its release.
 * Unpatched kernels request device mappings of the grants. Xen refuses these for translated domains
 * on x86, so the export always fails with EINVAL. In PV domains the driver refuses the export.
 * MAINLINE=1 expects these failures.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	65

/* Shows the fault, and that the references are not the reason. */
static int reproduce(struct guest *guest, struct guest_pages *pages)
{
	uint64_t index;
	void *memory;

	if (platform_is("arm64"))
		SKIP("this fault only occurs on x86");
	CHECK_ERRNO(gntdev_old_export(guest->gntdev, 0, guest->domid, pages->refs,
				      pages->count), EINVAL);
	note("reproduced: EXP_FROM_REFS of %u valid references: EINVAL", PAGES);

	memory = CHECK_OK(gntdev_map(guest->gntdev, guest->domid, pages->refs,
				     PAGES, PROT_READ, &index));
	CHECK(memory_is(memory, 0, PAGES, pages->seed));
	CHECK_OK(gntdev_unmap(guest->gntdev, memory, PAGES, index));
	return CASE_PASS;
}

int main(void)
{
	struct guest_pages pages;
	struct guest guest;
	int fd;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	if (is_mainline())
		return reproduce(&guest, &pages);

	fd = old_export_pages(&guest, &pages, 0);
	CHECK_EQ(CHECK_OK(lseek(fd, 0, SEEK_END)), PAGES * PAGE_BYTES);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), PAGES);
	CHECK_ERRNO(gntdev_old_wait(guest.gntdev, (uint32_t)fd, 100), ETIMEDOUT);
	old_export_close(&guest, fd);
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
