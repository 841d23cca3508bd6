// SPDX-License-Identifier: GPL-2.0
/*
 * What IMPORT refuses, and with which error. Nothing is granted, charged or kept then: no id
 * is found, and the dma-buf can be freed.
 */
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "case.h"
#include "import.h"
#include "quota.h"

#define PAGES	20
#define BYTES	(PAGES * PAGE_BYTES)

static struct guest guest;
static struct source source;
static uint32_t refs[PAGES];

static struct gntdev_dmabuf_import good_args(void)
{
	return gntdev_import_args(guest.domid, source.fd, refs, PAGES);
}

/* @change sets members of try. */
#define TRY(want, change)						\
	do {								\
		struct gntdev_dmabuf_import try = good_args();		\
									\
		change;							\
		CHECK_ERRNO(gntdev_import(guest.gntdev, &try), want);	\
		CHECK_EQ(imported_pages(), 0);				\
	} while (0)

static void check_format(void)
{
	TRY(EINVAL, try.flags = ~GNTDEV_DMABUF_IMPORT_READONLY);
	TRY(EINVAL, try.flags = 1U << 31);
	TRY(EINVAL, try.reserved = 1);
	TRY(EINVAL, try.size = 8);
	TRY(E2BIG, try.size = 8192);
	TRY(EINVAL, try.domid = 0x7ff0);
	TRY(EINVAL, try.domid = 0x10000 + guest.domid);
	TRY(EFAULT, try.refs = 0);
	TRY(EFAULT, try.refs = (uintptr_t)-PAGE_BYTES);
}

static void check_range(void)
{
	TRY(EINVAL, try.offset = BYTES);
	TRY(EINVAL, try.offset = ~0ULL);
	TRY(EINVAL, try.length = BYTES + 1);
	TRY(EINVAL, (try.offset = 1, try.length = BYTES));
	TRY(EINVAL, (try.offset = PAGE_BYTES, try.length = ~0ULL));
}

static void check_capacity(void)
{
	struct gntdev_dmabuf_import args = good_args();

	args.capacity = PAGES - 1;
	CHECK_ERRNO(gntdev_import(guest.gntdev, &args), ENOBUFS);
	CHECK_EQ(args.count, PAGES);
	args.capacity = 0;
	args.offset = PAGE_BYTES + 1;
	CHECK_ERRNO(gntdev_import(guest.gntdev, &args), ENOBUFS);
	CHECK_EQ(args.count, PAGES - 1);
	CHECK_EQ(imported_pages(), 0);
}

static void check_descriptors(void)
{
	int event = eventfd(0, EFD_CLOEXEC), null = open("/dev/null", O_RDWR | O_CLOEXEC);

	REQUIRE(event >= 0 && null >= 0);
	TRY(EBADF, try.fd = -1);
	TRY(EBADF, try.fd = 1000);
	TRY(EINVAL, try.fd = event);
	TRY(EINVAL, try.fd = null);
	close(event);
	close(null);
}

/* The domain's own id. On PV and Arm a domain can map what it grants to itself. */
static void check_own_domain(void)
{
	struct gntdev_dmabuf_import args = good_args();

	args.domid = 0;
	if (platform_is("pvh")) {
		CHECK_ERRNO(gntdev_import(guest.gntdev, &args), EOPNOTSUPP);
		return;
	}
	CHECK_OK(gntdev_import(guest.gntdev, &args));
	CHECK_OK(gntdev_revoke(guest.gntdev, args.id));
	CHECK_OK(gntdev_wait(guest.gntdev, args.id, in_ms(1000)));
}

/* A dma-buf that is opened for reading. */
static void check_readonly_dmabuf(void)
{
	struct dma_heap_allocation_data alloc = { .len = BYTES, .fd_flags = O_RDONLY | O_CLOEXEC };
	struct gntdev_dmabuf_import args;
	int heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);

	REQUIRE(heap >= 0);
	REQUIRE(!ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &alloc));
	close(heap);
	TRY(EACCES, try.fd = (int)alloc.fd);
	args = good_args();
	args.fd = (int)alloc.fd;
	args.flags = GNTDEV_DMABUF_IMPORT_READONLY;
	CHECK_OK(gntdev_import(guest.gntdev, &args));
	CHECK_OK(gntdev_revoke(guest.gntdev, args.id));
	CHECK_OK(gntdev_wait(guest.gntdev, args.id, in_ms(1000)));
	close((int)alloc.fd);
}

/* Of the guest's memory, of which EXPORT made a dma-buf. */
static void check_export(void)
{
	struct guest_pages pages;
	struct export export;

	guest_share(&guest, &pages, PAGES);
	export = export_pages(&guest, &pages, 0);
	TRY(EOPNOTSUPP, try.fd = export.fd);
	TRY(EOPNOTSUPP, (try.fd = export.fd, try.flags = GNTDEV_DMABUF_IMPORT_READONLY));
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
}

static void check_ids(void)
{
	struct gntdev_dmabuf_import args = good_args();
	struct gntdev_dmabuf_query answer;

	CHECK_OK(gntdev_import(guest.gntdev, &args));
	CHECK_ERRNO(gntdev_query(guest.gntdev, args.id + 1, &answer), ENOENT);
	CHECK_OK(gntdev_query(guest.gntdev, args.id, &answer));
	CHECK_EQ(answer.kind, GNTDEV_DMABUF_KIND_IMPORT);
	CHECK_EQ(answer.state, GNTDEV_DMABUF_STATE_LIVE);
	CHECK_EQ(answer.count, PAGES);
	CHECK_EQ(answer.mapped, 0);
	CHECK_EQ(imported_pages(), PAGES);
	CHECK_OK(gntdev_revoke(guest.gntdev, args.id));
	CHECK_OK(gntdev_wait(guest.gntdev, args.id, in_ms(1000)));
	CHECK_OK(gntdev_revoke(guest.gntdev, args.id));
	CHECK_EQ(imported_pages(), 0);
}

int main(void)
{
	guest_open(&guest);
	source_open(&source, "udmabuf", PAGES);
	check_format();
	check_range();
	check_capacity();
	check_descriptors();
	check_own_domain();
	check_readonly_dmabuf();
	check_export();
	check_ids();
	source_close(&source);
	return CASE_PASS;
}
