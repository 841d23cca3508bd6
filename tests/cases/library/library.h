/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the cases of libgnttab-dmabuf share: a guest with pages, and a handle of libxengnttab.
 */
#ifndef CASES_LIBRARY_H
#define CASES_LIBRARY_H

#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xengnttab_dmabuf.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

/* Within this time a buffer without users is released. */
#define RELEASE_MS	10000

/* A time in which something that should not happen would be seen. */
#define QUIET_MS	100

/* Calls that return a pointer. */
#define CHECK_MADE(expr)						\
	({								\
		__typeof__(expr) made_;					\
		errno = 0;						\
		made_ = (expr);						\
		if (!made_)						\
			FAIL("%s: errno %d (%m)", #expr, errno);	\
		made_;							\
	})

#define CHECK_REFUSED(expr, want)					\
	do {								\
		errno = 0;						\
		if (expr)						\
			FAIL("%s succeeded, expected %s", #expr, #want); \
		if (errno != (want))					\
			FAIL("%s: errno %d (%m), expected %s", #expr,	\
			     errno, #want);				\
	} while (0)

struct client {
	struct guest guest;
	struct guest_pages pages;
};

static inline void client_open(struct client *client, uint32_t count)
{
	guest_open(&client->guest);
	guest_share(&client->guest, &client->pages, count);
	/* This opens descriptors that stay, before the case counts them. */
	hv_mapped(client->guest.domid, client->pages.refs, count);
}

static inline void client_close(struct client *client)
{
	guest_close_gntdev(&client->guest);
	CHECK_EQ(guest_unshare(&client->guest, &client->pages), 0);
}

/* Exports all pages. */
static inline xengnttab_dmabuf *client_export(struct client *client, uint32_t flags, int *fd)
{
	return CHECK_MADE(xengnttab_dmabuf_export(client->guest.xgt, client->guest.domid, flags,
						  client->pages.count, client->pages.refs, NULL,
						  fd));
}

static inline void *dmabuf_map(int fd, uint32_t count, int prot)
{
	return CHECK_OK(mmap(NULL, count * PAGE_BYTES, prot, MAP_SHARED, fd, 0));
}

static inline bool is_readable(int fd, int timeout_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return CHECK_OK(poll(&pollfd, 1, timeout_ms)) == 1 && pollfd.revents == POLLIN;
}

/* Closes the dma-buf, waits until it is released, and frees the handle. */
static inline void finish(xengnttab_dmabuf *buffer, int fd)
{
	CHECK_OK(close(fd));
	CHECK_OK(xengnttab_dmabuf_wait(buffer, RELEASE_MS));
	xengnttab_dmabuf_free(buffer);
}

#endif /* CASES_LIBRARY_H */
