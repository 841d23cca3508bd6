// SPDX-License-Identifier: GPL-2.0
/*
 * An export by the library has the guest's pages, and its descriptor becomes readable when it is
 * released, not before, and stays so. Nothing stays of it.
 */
#include <fcntl.h>

#include "library.h"

#define PAGES	37

static struct client client;

static void check_facts(xengnttab_dmabuf *buffer)
{
	CHECK(xengnttab_dmabuf_id(buffer) != 0);
	CHECK_EQ(xengnttab_dmabuf_count(buffer), PAGES);
	CHECK_EQ(xengnttab_dmabuf_domid(buffer), client.guest.domid);
	CHECK_EQ(xengnttab_dmabuf_first_offset(buffer), 0);
	CHECK_REFUSED(xengnttab_dmabuf_refs(buffer), EINVAL);
}

static void check_memory(int fd)
{
	void *memory = dmabuf_map(fd, PAGES, PROT_READ | PROT_WRITE);

	CHECK(memory_is(memory, 0, PAGES, client.pages.seed));
	CHECK_OK(munmap(memory, PAGES * PAGE_BYTES));
}

static void check_release(xengnttab_dmabuf *buffer, int fd)
{
	int event = CHECK_OK(xengnttab_dmabuf_eventfd(buffer));

	CHECK_EQ(xengnttab_dmabuf_eventfd(buffer), event);
	CHECK(!is_readable(event, QUIET_MS));
	CHECK_ERRNO(xengnttab_dmabuf_wait(buffer, 0), ETIMEDOUT);
	CHECK_OK(close(fd));
	CHECK(is_readable(event, RELEASE_MS));
	CHECK_EQ(hv_mapped(client.guest.domid, client.pages.refs, PAGES), 0);
	CHECK(is_readable(event, 0));
	CHECK_OK(xengnttab_dmabuf_wait(buffer, 0));
}

/* With READONLY the descriptor is for reading only. */
static void check_readonly(void)
{
	xengnttab_dmabuf *buffer;
	int fd;

	buffer = client_export(&client, XENGNTTAB_DMABUF_EXPORT_READONLY, &fd);
	CHECK_EQ(CHECK_OK(fcntl(fd, F_GETFL)) & O_ACCMODE, O_RDONLY);
	CHECK_ERRNO(mmap(NULL, PAGE_BYTES, PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
	finish(buffer, fd);
}

static void check_arguments(void)
{
	uint32_t *refs = client.pages.refs, domid = client.guest.domid;
	xengnttab_handle *xgt = client.guest.xgt;
	int fd = 0;

	CHECK_REFUSED(xengnttab_dmabuf_export(xgt, domid, 0, 0, refs, NULL, &fd), EINVAL);
	CHECK_EQ(fd, -1);
	CHECK_REFUSED(xengnttab_dmabuf_export(xgt, domid, 1U << 31, 1, refs, NULL, &fd), EINVAL);
	CHECK_REFUSED(xengnttab_dmabuf_export(xgt, 0x7FF0, 0, 1, refs, NULL, &fd), EINVAL);
	CHECK_REFUSED(xengnttab_dmabuf_export(xgt, domid, 0, XENGNTTAB_DMABUF_MAX_PAGES + 1,
					      refs, NULL, &fd), EDQUOT);
}

int main(void)
{
	xengnttab_dmabuf *buffer;
	unsigned int fds;
	int fd;

	client_open(&client, PAGES);
	fds = count_fds();
	buffer = client_export(&client, 0, &fd);
	CHECK_EQ(CHECK_OK(fcntl(fd, F_GETFD)), FD_CLOEXEC);
	check_facts(buffer);
	check_memory(fd);
	check_release(buffer, fd);
	xengnttab_dmabuf_free(buffer);
	check_readonly();
	check_arguments();
	CHECK_EQ(count_fds(), fds);
	client_close(&client);
	return CASE_PASS;
}
