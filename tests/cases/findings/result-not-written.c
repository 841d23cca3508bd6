// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 *
 * If the old export cannot write its result, it fails with EFAULT and leaves nothing behind.
 * Unpatched kernels leave a dma-buf on a descriptor that the caller does not know. MAINLINE=1
 * expects this.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	16

int main(void)
{
	struct guest_pages pages;
	struct guest guest;
	unsigned int fds;
	void *args;
	int next;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	/* Check that the old export works. It also allocates here what it needs only once. */
	old_export_close(&guest, old_export_pages(&guest, &pages, 0));
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));

	args = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(args != MAP_FAILED);
	gntdev_old_export_fill(args, 0, guest.domid, pages.refs, PAGES);
	REQUIRE(!mprotect(args, PAGE_BYTES, PROT_READ));
	fds = count_fds();
	next = dup(STDOUT_FILENO);
	REQUIRE(next >= 0 && !close(next));
	CHECK_ERRNO(gntdev_old_export_raw(guest.gntdev, args), EFAULT);

	if (is_mainline()) {
		CHECK_EQ(count_fds(), fds + 1);
		CHECK_EQ(CHECK_OK(lseek(next, 0, SEEK_END)), PAGES * PAGE_BYTES);
		CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), PAGES);
		note("reproduced: EFAULT, and descriptor %d is a dma-buf", next);
		CHECK_OK(close(next));
	}
	CHECK_EQ(count_fds(), fds);
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
