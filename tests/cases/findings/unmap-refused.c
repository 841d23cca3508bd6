// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 * spoils
 * platforms: arm64
 *
 * Xen refuses to unmap grants of an old export (test-faults simulates this). The peer's pages stay
 * mapped, so the export is never reported as released. Its frames are not used again, so the next
 * export has only its own pages. Unpatched kernels report the release and free the frames.
 * MAINLINE=1 expects this.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "faults.h"
#include "guest.h"
#include "hv.h"
#include "quota.h"

#define PAGES	40
#define BATCH	32	/* grants unmapped at a time; unpatched kernels unmap all at once */

static struct guest guest;
static struct guest_pages pages;

static void check_next_export(void)
{
	struct guest_pages next;
	struct export export;
	void *memory;

	guest_share(&guest, &next, PAGES);
	export = export_pages(&guest, &next, 0);
	memory = export_map(&export, PROT_READ);
	CHECK(memory_is(memory, 0, PAGES, next.seed));
	export_unmap(&export, memory);
	export_close(&guest, &export);
	CHECK_EQ(hv_mapped(guest.domid, next.refs, PAGES), 0);
	CHECK_EQ(guest_unshare(&guest, &next), 0);
}

int main(void)
{
	unsigned int refused = is_mainline() ? PAGES : BATCH;
	int fd;

	faults_begin();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	fd = old_export_pages(&guest, &pages, 0);
	fault_set(FAULT_UNMAP_REFUSED, refused);
	CHECK_OK(close(fd));
	if (is_mainline()) {
		CHECK_ERRNO(gntdev_old_wait(guest.gntdev, (uint32_t)fd, 300), ENOENT);
	} else {
		CHECK_ERRNO(gntdev_old_wait(guest.gntdev, (uint32_t)fd, 300), ETIMEDOUT);
		check_next_export();
		CHECK_ERRNO(gntdev_old_wait(guest.gntdev, (uint32_t)fd, 0), ETIMEDOUT);
		CHECK_EQ(exported_pages_of(guest.domid), refused);
	}
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), refused);
	if (is_mainline())
		note("reproduced: released, but %u grants stay mapped for ever", refused);
	return CASE_PASS;
}
