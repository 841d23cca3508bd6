// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 * mainline-crash: dmabuf_exp_(ops_release|remove_map)
 * before-patch: 1
 *
 * UNMAP_GRANT_REF does not find old exports. Unpatched kernels keep them in the list of the file's
 * plain mappings, at an index that is easy to guess. The ioctl frees such a mapping under the live
 * dma-buf, and the last close of the dma-buf removes it from the list again. MAINLINE=1 expects the
 * kernel to crash in that close.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	8
#define GUESSES	64

static int reproduce(struct guest *guest, int fd)
{
	CHECK_OK(gntdev_unmap_ref(guest->gntdev, 0, PAGES));
	note("UNMAP_GRANT_REF of a live export returned 0. The last close follows.");
	CHECK_OK(close(fd));
	sleep_ms(500);
	FAIL("the kernel survived it");
}

int main(void)
{
	struct guest_pages pages;
	struct export export;
	struct guest guest;
	uint64_t index;
	void *memory;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	export.fd = old_export_pages(&guest, &pages, 0);
	export.size = PAGES * PAGE_BYTES;
	if (is_mainline())
		return reproduce(&guest, export.fd);

	for (index = 0; index < GUESSES; index++)
		CHECK_ERRNO(gntdev_unmap_ref(guest.gntdev, index * PAGE_BYTES, PAGES),
			    ENOENT);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), PAGES);
	memory = export_map(&export, PROT_READ);
	CHECK(memory_is(memory, 0, PAGES, pages.seed));
	export_unmap(&export, memory);
	old_export_close(&guest, export.fd);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
