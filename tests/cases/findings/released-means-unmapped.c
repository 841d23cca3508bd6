// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 * before-patch: 1
 *
 * The last descriptor of an old export is closed while a process has its pages mapped. The old wait
 * reports the release after the pages are unmapped and not before. On unpatched kernels a process
 * cannot mmap the dma-buf, but it can mmap the dma-buf's offset in the gntdev file. These kernels
 * report the release as soon as they have requested the unmapping. MAINLINE=1 expects the wait to
 * report it while the process still reads the guest's pages.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	16
#define BYTES	(PAGES * PAGE_BYTES)

static struct guest guest;
static struct guest_pages pages;

static void *map(int fd)
{
	return CHECK_OK(mmap(NULL, BYTES, PROT_READ, MAP_SHARED,
			     is_mainline() ? guest.gntdev : fd, 0));
}

static bool is_released(int fd, unsigned int ms)
{
	return !gntdev_old_wait(guest.gntdev, (uint32_t)fd, ms) || errno == ENOENT;
}

int main(void)
{
	void *memory;
	int fd;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	fd = old_export_pages(&guest, &pages, 0);
	memory = map(fd);
	CHECK(memory_is(memory, 0, PAGES, pages.seed));
	CHECK_OK(close(fd));

	CHECK_EQ(is_released(fd, 300), is_mainline());
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), PAGES);
	CHECK(memory_is(memory, 0, PAGES, pages.seed));
	if (is_mainline())
		note("reproduced: released, but %u pages are mapped and readable", PAGES);

	CHECK_OK(munmap(memory, BYTES));
	CHECK(is_released(fd, 5000));
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
