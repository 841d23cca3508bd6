// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 *
 * The last descriptor of an old export is closed while a process has its pages mapped:
 * the old wait says it is released when they are unmapped, and not before. Unpatched
 * kernels let nobody mmap the dma-buf, but everybody its place in the gntdev file; and
 * they call it released as soon as they have asked for the unmapping. MAINLINE=1 expects
 * the wait to say so while the process still reads the guest's pages.
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
		note("reproduced: released, and yet %u pages are mapped and read", PAGES);

	CHECK_OK(munmap(memory, BYTES));
	CHECK(is_released(fd, 5000));
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
