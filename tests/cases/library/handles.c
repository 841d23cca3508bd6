// SPDX-License-Identifier: GPL-2.0
/*
 * Freeing a handle ends nothing: the dma-buf stays usable. A reference keeps the handle. errno is
 * preserved, and no descriptor and no grant stays.
 */
#include "library.h"

#define PAGES	7
#define ROUNDS	200

static struct client client;

static unsigned int mapped(void)
{
	return hv_mapped(client.guest.domid, client.pages.refs, PAGES);
}

static void check_free_ends_nothing(void)
{
	xengnttab_dmabuf *buffer;
	void *memory;
	int fd;

	buffer = client_export(&client, 0, &fd);
	CHECK_OK(xengnttab_dmabuf_eventfd(buffer));
	errno = EXFULL;
	xengnttab_dmabuf_free(buffer);
	CHECK_EQ(errno, EXFULL);
	memory = dmabuf_map(fd, PAGES, PROT_READ);
	CHECK(memory_is(memory, 0, PAGES, client.pages.seed));
	CHECK_EQ(mapped(), PAGES);
	CHECK_OK(munmap(memory, PAGES * PAGE_BYTES));
	CHECK_OK(close(fd));
	CHECK(WITHIN_MS(RELEASE_MS, !mapped()));
}

static void check_references(void)
{
	xengnttab_dmabuf *buffer;
	int fd;

	buffer = client_export(&client, 0, &fd);
	CHECK(xengnttab_dmabuf_ref(buffer) == buffer);
	xengnttab_dmabuf_free(buffer);
	CHECK_ERRNO(xengnttab_dmabuf_wait(buffer, 0), ETIMEDOUT);
	finish(buffer, fd);
	xengnttab_dmabuf_free(NULL);
}

/* More rounds than a buffer can have eventfds: each handle removes its own. */
static void check_many(void)
{
	xengnttab_dmabuf *buffer;
	unsigned int i;
	int fd;

	for (i = 0; i < ROUNDS; i++) {
		buffer = client_export(&client, 0, &fd);
		CHECK_OK(xengnttab_dmabuf_eventfd(buffer));
		finish(buffer, fd);
	}
}

int main(void)
{
	unsigned int fds;

	client_open(&client, PAGES);
	fds = count_fds();
	check_free_ends_nothing();
	check_references();
	check_many();
	CHECK_EQ(count_fds(), fds);
	client_close(&client);
	return CASE_PASS;
}
