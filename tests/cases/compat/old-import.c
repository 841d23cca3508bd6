// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh arm64
 *
 * The old import, which is as it was: a dma-buf of Dom0's becomes references, by which the
 * guest reads and writes it, until it is released. (Not on PV: it may grant a copy there.)
 */
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "inguest.h"
#include "pattern.h"

#define PAGES	40

static int in_guest(struct guest *dom0, struct guest_pages *pages)
{
	uint64_t index;
	char *memory;
	uint32_t i;

	dom0->gntdev = gntdev_open();
	REQUIRE(dom0->gntdev >= 0);
	memory = CHECK_OK(gntdev_map(dom0->gntdev, dom0->domid, pages->refs, PAGES,
				     PROT_READ | PROT_WRITE, &index));
	CHECK(memory_is(memory, 0, PAGES, pages->seed));
	for (i = 0; i < PAGES; i++)
		pattern_fill(memory + i * PAGE_BYTES, ~pages->seed, i);
	CHECK_OK(gntdev_unmap(dom0->gntdev, memory, PAGES, index));
	return CASE_PASS;
}

static int heap_alloc(size_t size)
{
	struct dma_heap_allocation_data args = {
		.len = size,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);

	REQUIRE(heap >= 0);
	REQUIRE(!ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &args));
	close(heap);
	return (int)args.fd;
}

static void check_import(struct guest *guest, int dmabuf, char *memory)
{
	struct dom0_pages shared = { .seed = now_ns(), .area.count = PAGES };
	uint32_t refs[PAGES], i;

	for (i = 0; i < PAGES; i++)
		pattern_fill(memory + i * PAGE_BYTES, shared.seed, i);
	CHECK_OK(gntdev_old_import(guest->gntdev, dmabuf, guest->domid, refs, PAGES));
	REQUIRE(!gnt_dir_share(&shared.dir, (uint16_t)guest->domid, refs, PAGES));
	run_in_guest(guest, &shared);
	CHECK(memory_is(memory, 0, PAGES, ~shared.seed));
	CHECK_EQ(hv_mapped(0, refs, PAGES), 0);
	gnt_area_free(&shared.dir);
	CHECK_OK(gntdev_old_import_release(guest->gntdev, dmabuf));
	CHECK_ERRNO(gntdev_old_import_release(guest->gntdev, dmabuf), ENOENT);
}

int main(int argc, char **argv)
{
	struct guest_pages pages;
	struct guest guest;
	char *memory;
	int dmabuf;

	if (is_in_guest(argc, argv, &guest, &pages))
		return in_guest(&guest, &pages);
	guest_open(&guest);
	dmabuf = heap_alloc(PAGES * PAGE_BYTES);
	memory = mmap(NULL, PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	REQUIRE(memory != MAP_FAILED);
	check_import(&guest, dmabuf, memory);
	/* Once more: nothing is left of the first time. */
	check_import(&guest, dmabuf, memory);
	CHECK_OK(munmap(memory, PAGES * PAGE_BYTES));
	close(dmabuf);
	return CASE_PASS;
}
