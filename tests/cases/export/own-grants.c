// SPDX-License-Identifier: GPL-2.0
/*
 * A domain maps its own grants. In PV domains and on Arm this works as for grants of other domains.
 * In a PVH domain Xen would remove the pages from their owner. So every way to map them is
 * EOPNOTSUPP, nothing is mapped, and the pages do not change. This case uses Dom0's pages.
 * DOMID_SELF is EINVAL on all platforms. (findings/own-grants shows what happens on unpatched
 * kernels.)
 */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "pattern.h"

#define OWN_DOMID	0U
#define PAGES		6

static struct guest guest;
static struct guest_pages pages;
static struct gnt_area own;
static uint64_t seed;

static void fill_own(void)
{
	uint32_t i;

	seed = now_ns();
	for (i = 0; i < PAGES; i++)
		pattern_fill((char *)own.memory + i * PAGE_BYTES, seed, i);
}

/* Checks that the owner still has the pages: it reads its own data and can write. */
static void check_own(void)
{
	CHECK_EQ(hv_mapped(OWN_DOMID, own.refs, PAGES), 0);
	CHECK(memory_is(own.memory, 0, PAGES, seed));
	fill_own();
	CHECK(memory_is(own.memory, 0, PAGES, seed));
}

static void check_reserved(void)
{
	struct gntdev_dmabuf_export args = gntdev_export_args(DOMID_SELF, own.refs, PAGES);

	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EINVAL);
	CHECK_ERRNO(gntdev_old_export(guest.gntdev, 0, DOMID_SELF, own.refs, PAGES), EINVAL);
	check_own();
}

/* For a plain mapping, the kernel passes the low 16 bits of the domain id to Xen. */
static void check_plain_refused(void)
{
	static const uint32_t domids[] = { OWN_DOMID, OWN_DOMID | 0x10000 };
	unsigned int i;
	uint64_t index;

	for (i = 0; i < ARRAY_SIZE(domids); i++) {
		CHECK_ERRNO(gntdev_map(guest.gntdev, domids[i], own.refs, PAGES,
				       PROT_READ | PROT_WRITE, &index), EOPNOTSUPP);
		CHECK_ERRNO(gntdev_map(guest.gntdev, domids[i], own.refs, 1, PROT_READ,
				       &index), EOPNOTSUPP);
		check_own();
	}
}

static void check_refused(void)
{
	static const uint32_t flags[] = {
		0, GNTDEV_DMABUF_EXPORT_READONLY, GNTDEV_DMABUF_EXPORT_CONTIGUOUS,
	};
	static const uint32_t old_flags[] = {
		0, GNTDEV_OLD_FLAG_WC, GNTDEV_OLD_FLAG_COHERENT,
	};
	struct gntdev_dmabuf_export args;
	unsigned int i, fds = count_fds();

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		args = gntdev_export_args(OWN_DOMID, own.refs, PAGES);
		args.flags = flags[i];
		CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EOPNOTSUPP);
		check_own();
	}
	for (i = 0; i < ARRAY_SIZE(old_flags); i++) {
		CHECK_ERRNO(gntdev_old_export(guest.gntdev, old_flags[i], OWN_DOMID, own.refs,
					      PAGES), EOPNOTSUPP);
		check_own();
	}
	check_plain_refused();
	CHECK_EQ(count_fds(), fds);
}

static void check_same_memory(char *memory)
{
	CHECK(memory_is(memory, 0, PAGES, seed));
	fill_own();
	CHECK(memory_is(memory, 0, PAGES, seed));
	pattern_fill(memory, ~seed, 0);
	CHECK(memory_is(own.memory, 0, 1, ~seed));
	fill_own();
}

static void check_works(void)
{
	struct gntdev_dmabuf_export args = gntdev_export_args(OWN_DOMID, own.refs, PAGES);
	struct export export = { .size = PAGES * PAGE_BYTES };
	uint64_t index;
	void *memory;

	CHECK_OK(gntdev_export(guest.gntdev, &args));
	export.fd = args.fd;
	export.id = args.id;
	memory = export_map(&export, PROT_READ | PROT_WRITE);
	check_same_memory(memory);
	export_unmap(&export, memory);
	export_close(&guest, &export);
	check_own();

	memory = CHECK_OK(gntdev_map(guest.gntdev, OWN_DOMID, own.refs, PAGES,
				     PROT_READ | PROT_WRITE, &index));
	check_same_memory(memory);
	CHECK_OK(gntdev_unmap(guest.gntdev, memory, PAGES, index));
	CHECK(WITHIN_MS(5000, !hv_mapped(OWN_DOMID, own.refs, PAGES)));
	check_own();
}

/* Grants of another domain are not affected. */
static void check_others(void)
{
	struct export export;

	guest_share(&guest, &pages, PAGES);
	export = export_pages(&guest, &pages, 0);
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
}

int main(void)
{
	guest_open(&guest);
	REQUIRE(!gnt_area_share(&own, OWN_DOMID, PAGES, true));
	fill_own();
	check_reserved();
	if (platform_is("pvh"))
		check_refused();
	else
		check_works();
	check_own();
	check_others();
	gnt_area_free(&own);
	return CASE_PASS;
}
