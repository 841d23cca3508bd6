// SPDX-License-Identifier: GPL-2.0
/*
 * What the library tells of a buffer, in structures of several sizes.
 */
#include <stdlib.h>

#include "library.h"

#define PAGES	9
#define LATER	64

static struct client client;

static struct xengnttab_dmabuf_info query(xengnttab_dmabuf *buffer)
{
	struct xengnttab_dmabuf_info info = { .size = sizeof(info) };

	CHECK_OK(xengnttab_dmabuf_query(buffer, &info));
	CHECK_EQ(info.size, sizeof(info));
	return info;
}

static void check_live(xengnttab_dmabuf *buffer, int fd, uint32_t flags)
{
	void *memory = dmabuf_map(fd, PAGES, PROT_READ);
	struct xengnttab_dmabuf_info info = query(buffer);

	CHECK_EQ(info.kind, XENGNTTAB_DMABUF_KIND_EXPORT);
	CHECK_EQ(info.state, XENGNTTAB_DMABUF_STATE_LIVE);
	CHECK_EQ(info.flags, flags);
	CHECK_EQ(info.domid, client.guest.domid);
	CHECK_EQ(info.count, PAGES);
	CHECK_EQ(info.attachments, 0);
	CHECK_EQ(info.user_mappings, 1);
	CHECK_EQ(info.mapped, 0);
	if (flags & XENGNTTAB_DMABUF_EXPORT_CONTIGUOUS)
		CHECK_EQ(info.properties, XENGNTTAB_DMABUF_CONTIGUOUS);
	CHECK_OK(munmap(memory, PAGES * PAGE_BYTES));
	CHECK_EQ(query(buffer).user_mappings, 0);
}

/* A program that is compiled against a later library has a longer structure. */
static void check_sizes(xengnttab_dmabuf *buffer)
{
	struct {
		struct xengnttab_dmabuf_info info;
		char later[LATER];
		char beyond;
	} long_one;
	unsigned int i;

	memset(&long_one, 0x5a, sizeof(long_one));
	long_one.info.size = sizeof(long_one.info) + LATER;
	CHECK_OK(xengnttab_dmabuf_query(buffer, &long_one.info));
	CHECK_EQ(long_one.info.count, PAGES);
	for (i = 0; i < LATER; i++)
		CHECK_EQ(long_one.later[i], 0);
	CHECK_EQ(long_one.beyond, 0x5a);
	long_one.info.size = sizeof(long_one.info) - 1;
	CHECK_ERRNO(xengnttab_dmabuf_query(buffer, &long_one.info), EINVAL);
	long_one.info.size = 0;
	CHECK_ERRNO(xengnttab_dmabuf_query(buffer, &long_one.info), EINVAL);
}

static void check_released(xengnttab_dmabuf *buffer)
{
	struct xengnttab_dmabuf_info info = query(buffer);

	CHECK_EQ(info.kind, XENGNTTAB_DMABUF_KIND_NONE);
	CHECK_EQ(info.state, XENGNTTAB_DMABUF_STATE_RELEASED);
	CHECK_EQ(info.count, 0);
	CHECK_EQ(info.flags, 0);
}

static void check(uint32_t flags)
{
	xengnttab_dmabuf *buffer;
	int fd;

	buffer = client_export(&client, flags, &fd);
	check_live(buffer, fd, flags);
	check_sizes(buffer);
	CHECK_OK(close(fd));
	CHECK_OK(xengnttab_dmabuf_wait(buffer, RELEASE_MS));
	check_released(buffer);
	xengnttab_dmabuf_free(buffer);
}

int main(void)
{
	client_open(&client, PAGES);
	check(0);
	check(XENGNTTAB_DMABUF_EXPORT_READONLY | XENGNTTAB_DMABUF_EXPORT_CONTIGUOUS);
	check(XENGNTTAB_DMABUF_EXPORT_REVOCABLE | XENGNTTAB_DMABUF_EXPORT_REVOKE_ON_CLOSE);
	client_close(&client);
	return CASE_PASS;
}
