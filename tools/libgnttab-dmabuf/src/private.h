/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Definitions that the files of the library share. Nothing here is visible outside of it.
 */
#ifndef PRIVATE_H
#define PRIVATE_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "public.h"

#define NSEC_PER_MSEC	1000000ULL

/**
 * struct xengnttab_dmabuf - one shared buffer
 * @xgt: the caller's handle, which outlives this
 * @users: reference count
 * @kind: XENGNTTAB_DMABUF_KIND_EXPORT or _IMPORT
 * @domid: the peer
 * @count: number of pages
 * @first_offset: where in the first page an import begins
 * @id: the kernel's id, 0 if an old ioctl made the buffer
 * @refs: references of an import, else NULL
 * @name: if an old ioctl made the buffer: a descriptor whose number is the kernel's name for
 *        it; else -1. See old.c
 * @lock: protects @event, and @revoked of an old import
 * @event: eventfd, -1 before it is asked for
 * @revoked: it was revoked. The kernel does not know the @name of an old import any more
 */
struct xengnttab_dmabuf {
	xengnttab_handle *xgt;
	unsigned int users;
	enum xengnttab_dmabuf_kind kind;
	uint32_t domid;
	uint32_t count;
	uint32_t first_offset;
	uint64_t id;
	uint32_t *refs;
	int name;

	pthread_mutex_t lock;
	int event;
	bool revoked;
};

/* Allocates a buffer with one reference. NULL with errno set on failure. */
xengnttab_dmabuf *buffer_new(xengnttab_handle *xgt, enum xengnttab_dmabuf_kind kind,
			     uint32_t domid);

static inline bool is_old(const xengnttab_dmabuf *buffer)
{
	return buffer->name >= 0;
}

/* Is an export of no use to others any more: revoked by the library's user, or released? */
bool is_dead(xengnttab_dmabuf *buffer);

/* For the ends of functions: sets errno and fails. */
static inline int fail(int error)
{
	errno = error;
	return -1;
}

/* close(2) that preserves errno, for error paths. */
void close_quietly(int fd);

#endif /* PRIVATE_H */
