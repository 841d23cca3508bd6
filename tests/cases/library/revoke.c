// SPDX-License-Identifier: GPL-2.0
/*
 * An export that is revoked by the library is released although it is mapped and its descriptor
 * is open. To revoke again, before and after the release, is no error.
 */
#include "access.h"
#include "library.h"

#define PAGES	12

int main(void)
{
	static struct client client;
	xengnttab_dmabuf *buffer;
	char *memory;
	int fd, event;

	client_open(&client, PAGES);
	buffer = client_export(&client, 0, &fd);
	memory = dmabuf_map(fd, PAGES, PROT_READ | PROT_WRITE);
	CHECK(memory_is(memory, 0, PAGES, client.pages.seed));
	event = CHECK_OK(xengnttab_dmabuf_eventfd(buffer));
	CHECK(!is_readable(event, 0));

	CHECK_OK(xengnttab_dmabuf_revoke(buffer));
	CHECK_OK(xengnttab_dmabuf_revoke(buffer));
	CHECK(is_readable(event, RELEASE_MS));
	CHECK_OK(xengnttab_dmabuf_wait(buffer, 0));
	CHECK_OK(xengnttab_dmabuf_revoke(buffer));
	CHECK_EQ(hv_mapped(client.guest.domid, client.pages.refs, PAGES), 0);
	expect_sigbus(memory, PAGES);

	CHECK_OK(munmap(memory, PAGES * PAGE_BYTES));
	CHECK_OK(close(fd));
	xengnttab_dmabuf_free(buffer);
	client_close(&client);
	return CASE_PASS;
}
