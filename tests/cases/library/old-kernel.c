// SPDX-License-Identifier: GPL-2.0
/*
 * The library on a kernel that has only the old ioctls, or none: this program refuses the others.
 * Exports and waits work, also if descriptor numbers are reused and if a dma-buf is closed before
 * the wait. What cannot be done is EOPNOTSUPP.
 */
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "library.h"

#define PAGES	11
#define HALF	4

static struct client client;

/* The numbers of ioctls of type 'G' from here on do not exist. */
static unsigned int first_missing = 0x100;

/* Takes the place of the C library's, for the library that is linked to this program. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (_IOC_TYPE(request) == 'G' && _IOC_NR(request) >= first_missing) {
		errno = ENOTTY;
		return -1;
	}
	return (int)syscall(SYS_ioctl, fd, request, argument);
}

static unsigned int mapped(uint32_t first, uint32_t count)
{
	return hv_mapped(client.guest.domid, client.pages.refs + first, count);
}

static void check_export(void)
{
	struct xengnttab_dmabuf_info info = { .size = sizeof(info) };
	xengnttab_dmabuf *buffer;
	int16_t status[PAGES];
	uint64_t start;
	unsigned int i;
	int fd;

	memset(status, 0x5a, sizeof(status));
	buffer = CHECK_MADE(xengnttab_dmabuf_export(client.guest.xgt, client.guest.domid, 0, PAGES,
						    client.pages.refs, status, &fd));
	for (i = 0; i < PAGES; i++)
		CHECK_EQ(status[i], 0);
	CHECK_EQ(CHECK_OK(lseek(fd, 0, SEEK_END)), PAGES * PAGE_BYTES);
	CHECK_EQ(xengnttab_dmabuf_id(buffer), 0);
	CHECK_EQ(xengnttab_dmabuf_count(buffer), PAGES);
	CHECK_ERRNO(xengnttab_dmabuf_query(buffer, &info), EOPNOTSUPP);
	CHECK_ERRNO(xengnttab_dmabuf_revoke(buffer), EOPNOTSUPP);
	CHECK_ERRNO(xengnttab_dmabuf_eventfd(buffer), EOPNOTSUPP);

	CHECK_ERRNO(xengnttab_dmabuf_wait(buffer, 0), ETIMEDOUT);
	start = now_ns();
	CHECK_ERRNO(xengnttab_dmabuf_wait(buffer, 250), ETIMEDOUT);
	CHECK(now_ns() - start >= 250 * NSEC_PER_MSEC);
	CHECK_EQ(mapped(0, PAGES), PAGES);
	CHECK_OK(close(fd));
	CHECK_OK(xengnttab_dmabuf_wait(buffer, RELEASE_MS));
	CHECK_OK(xengnttab_dmabuf_wait(buffer, -1));
	CHECK_EQ(mapped(0, PAGES), 0);
	xengnttab_dmabuf_free(buffer);
}

static xengnttab_dmabuf *export_part(uint32_t first, int *fd)
{
	return CHECK_MADE(xengnttab_dmabuf_export(client.guest.xgt, client.guest.domid, 0, HALF,
						  client.pages.refs + first, NULL, fd));
}

/*
 * The first buffer lives on by a duplicate when its descriptor is closed, and the second buffer is
 * made with the numbers that are free now. The old ioctls alone would take one for the other.
 */
static void check_names(void)
{
	xengnttab_dmabuf *first, *second;
	int first_fd, second_fd, held;

	first = export_part(0, &first_fd);
	held = CHECK_OK(dup(first_fd));
	CHECK_OK(close(first_fd));
	second = export_part(HALF, &second_fd);

	CHECK_OK(close(second_fd));
	CHECK_OK(xengnttab_dmabuf_wait(second, RELEASE_MS));
	CHECK_EQ(mapped(HALF, HALF), 0);
	CHECK_ERRNO(xengnttab_dmabuf_wait(first, QUIET_MS), ETIMEDOUT);
	CHECK_EQ(mapped(0, HALF), HALF);
	xengnttab_dmabuf_free(second);
	finish(first, held);
}

static void check_flags(void)
{
	static const uint32_t flags[] = {
		XENGNTTAB_DMABUF_EXPORT_READONLY, XENGNTTAB_DMABUF_EXPORT_CONTIGUOUS,
		XENGNTTAB_DMABUF_EXPORT_REVOKE_ON_CLOSE, XENGNTTAB_DMABUF_EXPORT_REVOCABLE,
	};
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		CHECK_REFUSED(xengnttab_dmabuf_export(client.guest.xgt, client.guest.domid, flags[i],
						      PAGES, client.pages.refs, NULL, &fd),
			      EOPNOTSUPP);
	CHECK_REFUSED(xengnttab_dmabuf_export(client.guest.xgt, client.guest.domid, 1U << 31, PAGES,
					      client.pages.refs, NULL, &fd), EINVAL);
	CHECK_REFUSED(xengnttab_dmabuf_export(client.guest.xgt, 0x10000 + client.guest.domid, 0, PAGES,
					      client.pages.refs, NULL, &fd), EINVAL);
}

static int heap_alloc(void)
{
	struct dma_heap_allocation_data args = {
		.len = PAGES * PAGE_BYTES,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);

	REQUIRE(heap >= 0);
	REQUIRE(!ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &args));
	close(heap);
	return (int)args.fd;
}

/* The caller closes its descriptor, and makes another dma-buf with the same number. */
static void check_import(void)
{
	xengnttab_dmabuf *first, *second;
	int dmabuf = heap_alloc(), other;
	uint32_t domid = client.guest.domid;

	first = CHECK_MADE(xengnttab_dmabuf_import(client.guest.xgt, domid, dmabuf, 0, 5,
						   PAGES * PAGE_BYTES - 10));
	CHECK_EQ(xengnttab_dmabuf_count(first), PAGES);
	CHECK_EQ(xengnttab_dmabuf_first_offset(first), 5);
	CHECK_EQ(xengnttab_dmabuf_id(first), 0);
	other = heap_alloc();
	CHECK_OK(dup2(other, dmabuf));
	CHECK_OK(close(other));
	other = dmabuf;
	second = CHECK_MADE(xengnttab_dmabuf_import(client.guest.xgt, domid, other, 0, 0, 0));
	CHECK(xengnttab_dmabuf_refs(first)[0] != xengnttab_dmabuf_refs(second)[0]);
	CHECK_REFUSED(xengnttab_dmabuf_import(client.guest.xgt, domid, other, 0, PAGE_BYTES, 0),
		      EOPNOTSUPP);
	CHECK_REFUSED(xengnttab_dmabuf_import(client.guest.xgt, domid, other,
					      XENGNTTAB_DMABUF_IMPORT_READONLY, 0, 0), EOPNOTSUPP);
	CHECK_OK(xengnttab_dmabuf_revoke(first));
	CHECK_OK(xengnttab_dmabuf_revoke(first));
	CHECK_ERRNO(xengnttab_dmabuf_wait(first, 0), EOPNOTSUPP);
	CHECK_OK(xengnttab_dmabuf_revoke(second));
	xengnttab_dmabuf_free(second);
	xengnttab_dmabuf_free(first);
	CHECK_OK(close(other));
}

static void check_capabilities(uint32_t want)
{
	uint32_t caps;

	CHECK_OK(xengnttab_dmabuf_capabilities(client.guest.xgt, &caps));
	CHECK_EQ(caps, want);
}

static void check_none(void)
{
	int fd;

	first_missing = 9;
	check_capabilities(0);
	CHECK_REFUSED(xengnttab_dmabuf_export(client.guest.xgt, client.guest.domid, 0, PAGES,
					      client.pages.refs, NULL, &fd), EOPNOTSUPP);
	CHECK_EQ(fd, -1);
}

int main(void)
{
	unsigned int fds;

	client_open(&client, PAGES);
	fds = count_fds();
	first_missing = 0x20;
	check_capabilities(XENGNTTAB_DMABUF_CAP_OLD_EXPORT | XENGNTTAB_DMABUF_CAP_OLD_IMPORT);
	check_export();
	check_names();
	check_flags();
	check_import();
	check_none();
	CHECK_EQ(count_fds(), fds);
	client_close(&client);
	return CASE_PASS;
}
