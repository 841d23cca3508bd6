// SPDX-License-Identifier: GPL-2.0
/*
 * Uses the unmodified libxengnttab of the distribution. A client of its xengnttab_dmabuf_exp_*
 * functions gets a dma-buf with each flag and can map it. It can close the descriptor and then wait
 * by the descriptor's number. After the wait no grant is mapped.
 */
#include <sys/mman.h>
#include <unistd.h>

#include <xengnttab.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES		33
#define RELEASE_MS	10000

static struct guest guest;
static struct guest_pages pages;
static xengnttab_handle *xgt;

static uint32_t export(uint32_t flags)
{
	uint32_t fd = ~0U;

	CHECK_OK(xengnttab_dmabuf_exp_from_refs(xgt, guest.domid, flags, PAGES,
						pages.refs, &fd));
	CHECK_EQ(CHECK_OK(lseek((int)fd, 0, SEEK_END)), PAGES * PAGE_BYTES);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), PAGES);
	return fd;
}

/* Also works after the release: the library treats ENOENT of the ioctl as released. */
static void wait_released(uint32_t fd)
{
	CHECK_OK(xengnttab_dmabuf_exp_wait_released(xgt, fd, RELEASE_MS));
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
}

static void use(uint32_t flags)
{
	struct export buffer = { .size = PAGES * PAGE_BYTES };
	uint32_t fd = export(flags);
	char *memory;

	buffer.fd = (int)fd;
	CHECK_ERRNO(xengnttab_dmabuf_exp_wait_released(xgt, fd, 50), ETIMEDOUT);
	memory = export_map(&buffer, PROT_READ | PROT_WRITE);
	CHECK(memory_is(memory, 0, PAGES, pages.seed));
	memory[PAGE_BYTES * (PAGES - 1)] ^= 1;
	CHECK_EQ(guest_peek(&guest, &pages, PAGES - 1, 0),
		 *(uint64_t *)(memory + PAGE_BYTES * (PAGES - 1)));

	/* The number is no longer a descriptor, but it still identifies the buffer. */
	CHECK_OK(close(buffer.fd));
	CHECK_ERRNO(xengnttab_dmabuf_exp_wait_released(xgt, fd, 50), ETIMEDOUT);
	export_unmap(&buffer, memory);
	wait_released(fd);
	wait_released(fd);
	guest_refill(&guest, &pages);
}

static void check_refusals(void)
{
	uint32_t fd, good = pages.refs[PAGES / 2];

	pages.refs[PAGES / 2] = REF_OUT_OF_RANGE;
	CHECK_ERRNO(xengnttab_dmabuf_exp_from_refs(xgt, guest.domid, 0, PAGES,
						   pages.refs, &fd), EINVAL);
	pages.refs[PAGES / 2] = good;
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
}

int main(void)
{
	static const uint32_t flags[] = {
		0, GNTDEV_OLD_FLAG_WC, GNTDEV_OLD_FLAG_COHERENT,
	};
	unsigned int i;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	xgt = xengnttab_open(NULL, 0);
	REQUIRE(xgt);
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		use(flags[i]);
	check_refusals();

	/* A closed buffer is also released without a wait. */
	CHECK_OK(close((int)export(0)));
	CHECK_OK(xengnttab_close(xgt));
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
