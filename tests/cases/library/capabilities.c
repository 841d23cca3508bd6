// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 *
 * The library tells what the kernel can do. On an unpatched kernel that is the old ioctls only,
 * and an export works with these (not on x86, where they refuse every export).
 */
#include "library.h"

#define PAGES	20

#define NEW_CAPS	(XENGNTTAB_DMABUF_CAP_EXPORT | XENGNTTAB_DMABUF_CAP_IMPORT |	\
			 XENGNTTAB_DMABUF_CAP_REVOKE | XENGNTTAB_DMABUF_CAP_NOTIFY |	\
			 XENGNTTAB_DMABUF_CAP_QUERY)

static struct client client;

static void check_mainline(uint32_t caps)
{
	xengnttab_dmabuf *buffer;
	int fd;

	CHECK_EQ(caps, XENGNTTAB_DMABUF_CAP_OLD_EXPORT | XENGNTTAB_DMABUF_CAP_OLD_IMPORT);
	if (!platform_is("arm64")) {
		CHECK_REFUSED(xengnttab_dmabuf_export(client.guest.xgt, client.guest.domid, 0, PAGES,
						      client.pages.refs, NULL, &fd), EINVAL);
		return;
	}
	buffer = client_export(&client, 0, &fd);
	CHECK_EQ(CHECK_OK(lseek(fd, 0, SEEK_END)), PAGES * PAGE_BYTES);
	CHECK_EQ(hv_mapped(client.guest.domid, client.pages.refs, PAGES), PAGES);
	CHECK_ERRNO(xengnttab_dmabuf_wait(buffer, QUIET_MS), ETIMEDOUT);
	CHECK_ERRNO(xengnttab_dmabuf_revoke(buffer), EOPNOTSUPP);
	finish(buffer, fd);
	CHECK(WITHIN_MS(RELEASE_MS, !hv_mapped(client.guest.domid, client.pages.refs, PAGES)));
}

int main(void)
{
	unsigned int fds;
	uint32_t caps;

	client_open(&client, PAGES);
	fds = count_fds();
	CHECK_OK(xengnttab_dmabuf_capabilities(client.guest.xgt, &caps));
	note("capabilities %#x", caps);
	if (is_mainline())
		check_mainline(caps);
	else
		CHECK_EQ(caps, NEW_CAPS);
	CHECK_EQ(count_fds(), fds);
	client_close(&client);
	return CASE_PASS;
}
