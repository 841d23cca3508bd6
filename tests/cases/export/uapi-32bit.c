// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv
 *
 * A 32-bit process uses the operations in the same way as a 64-bit one, with the same structures.
 * The case makes 32-bit system calls. 32-bit processes never had the older ioctls (ENOTTY).
 */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "events.h"
#include "guest.h"

/* gntdev.h uses a kernel type, in a structure that this case does not use. */
typedef uint32_t grant_ref_t;
typedef uint16_t domid_t;
#define __user
#include <xen/gntdev.h>

/* The case is also compiled for Arm. */
#ifndef MAP_32BIT
#define MAP_32BIT	0
#endif

#define PAGES	70
#define NR_IOCTL_32	54

/* The data that the 32-bit system calls point to. */
struct low {
	union {
		struct gntdev_dmabuf_export export;
		struct gntdev_dmabuf_query query;
		struct gntdev_dmabuf_wait wait;
		struct gntdev_dmabuf_notify notify;
		struct gntdev_dmabuf_revoke revoke;
	} args;
	uint32_t refs[PAGES];
	int16_t status[PAGES];
};

static struct guest guest;
static struct guest_pages pages;
static struct low *low;

static int ioctl_32(int fd, unsigned long request)
{
#ifdef __x86_64__
	long ret = NR_IOCTL_32;

	asm volatile("int $0x80"
		     : "+a" (ret)
		     : "b" (fd), "c" (request), "d" (low)
		     : "memory", "r8", "r9", "r10", "r11");
	if (!ret)
		return 0;
	errno = -(int)ret;
	return -1;
#else
	(void)fd;
	(void)request;
	SKIP("this case is only for x86");
#endif
}

static struct export export_32(void)
{
	low->args.export = gntdev_export_args(guest.domid, low->refs, PAGES);
	low->args.export.status = (uintptr_t)low->status;
	memset(low->status, 0x5a, sizeof(low->status));
	CHECK_OK(ioctl_32(guest.gntdev, GNTDEV_DMABUF_EXPORT));
	CHECK_EQ(low->status[0], 0);
	CHECK_EQ(low->status[PAGES - 1], 0);
	return export_made(&low->args.export);
}

static void check_query(const struct export *export)
{
	low->args.query = (struct gntdev_dmabuf_query){
		.size = sizeof(low->args.query), .id = export->id,
	};
	CHECK_OK(ioctl_32(guest.gntdev, GNTDEV_DMABUF_QUERY));
	CHECK_EQ(low->args.query.domid, guest.domid);
	CHECK_EQ(low->args.query.count, PAGES);
	CHECK_EQ(low->args.query.state, GNTDEV_DMABUF_STATE_LIVE);
}

static int wait_32(uint64_t id)
{
	low->args.wait = (struct gntdev_dmabuf_wait){
		.size = sizeof(low->args.wait), .id = id, .deadline = in_ms(5000),
	};
	return ioctl_32(guest.gntdev, GNTDEV_DMABUF_WAIT);
}

static void check_end(const struct export *export)
{
	int event = event_open();

	low->args.notify = (struct gntdev_dmabuf_notify){
		.size = sizeof(low->args.notify), .id = export->id, .eventfd = event,
	};
	CHECK_OK(ioctl_32(guest.gntdev, GNTDEV_DMABUF_NOTIFY));
	low->args.revoke = (struct gntdev_dmabuf_revoke){
		.size = sizeof(low->args.revoke), .id = export->id,
	};
	CHECK_OK(ioctl_32(guest.gntdev, GNTDEV_DMABUF_REVOKE));
	CHECK_OK(wait_32(export->id));
	CHECK_EQ(event_wait(event), 1);
	CHECK_OK(close(event));
	CHECK_OK(close(export->fd));
	CHECK_ERRNO(wait_32(export->id + 1), ENOENT);
}

static void check_older(void)
{
	gntdev_old_export_fill(low, 0, guest.domid, pages.refs, 1);
	CHECK_ERRNO(ioctl_32(guest.gntdev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS), ENOTTY);
}

int main(void)
{
	struct export export;
	void *memory;

	low = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	REQUIRE(low != MAP_FAILED);
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	memcpy(low->refs, pages.refs, sizeof(low->refs));

	export = export_32();
	memory = export_map(&export, PROT_READ);
	CHECK(memory_is(memory, 0, PAGES, pages.seed));
	check_query(&export);
	export_unmap(&export, memory);
	check_end(&export);
	check_older();
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
