// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Imports: references to a dma-buf of this domain.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"
#include "private.h"

/* The size of a dma-buf can change the number of references only between two calls. */
#define TRIES	3

/* How many pages a part of a buffer of @size bytes touches; 0 if it is not inside of it. */
static uint64_t pages_of(uint64_t size, uint64_t offset, uint64_t length)
{
	if (offset >= size || length > size - offset)
		return 0;
	if (!length)
		length = size - offset;
	return (offset % XENGNTTAB_DMABUF_PAGE_SIZE + length + XENGNTTAB_DMABUF_PAGE_SIZE - 1) /
	       XENGNTTAB_DMABUF_PAGE_SIZE;
}

/*
 * How many references it probably takes; 0 if that cannot be told. Old kernels do not tell the
 * size. The kernel checks the arguments and says how many references there are.
 */
static uint32_t guess_count(int fd, uint64_t offset, uint64_t length)
{
	struct stat status;
	uint64_t pages;

	if (fstat(fd, &status) || status.st_size <= 0)
		return 0;
	pages = pages_of((uint64_t)status.st_size, offset, length);
	return pages > XENGNTTAB_DMABUF_MAX_PAGES ? 0 : (uint32_t)pages;
}

static int reserve_refs(xengnttab_dmabuf *buffer, uint32_t count)
{
	uint32_t *refs;

	if (count > XENGNTTAB_DMABUF_MAX_PAGES)
		return fail(EDQUOT);
	refs = realloc(buffer->refs, (count ? count : 1) * sizeof(refs[0]));
	if (!refs)
		return -1;
	buffer->refs = refs;
	return 0;
}

/* @import has the arguments; the rest is set here. */
static int import_new(xengnttab_dmabuf *buffer, struct kernel_import *import)
{
	unsigned int tries = TRIES;

	import->count = guess_count(import->fd, import->offset, import->length);
	do {
		import->capacity = import->count;
		if (reserve_refs(buffer, import->capacity))
			return -1;
		import->refs = buffer->refs;
		if (!kernel_import(xengnttab_fd(buffer->xgt), import)) {
			buffer->id = import->id;
			buffer->count = import->count;
			buffer->first_offset = import->first_offset;
			return 0;
		}
	} while (errno == ENOBUFS && --tries);
	return -1;
}

/* Old kernels share all pages of a dma-buf, for writing. */
static int import_old(xengnttab_dmabuf *buffer, const struct kernel_import *import)
{
	off_t size = lseek(import->fd, 0, SEEK_END);
	uint64_t count;

	if (size < 0)
		return errno == EBADF ? -1 : fail(EINVAL);
	count = pages_of((uint64_t)size, import->offset, import->length);
	/* Every dma-buf has whole pages. */
	if (!count || size % (off_t)XENGNTTAB_DMABUF_PAGE_SIZE)
		return fail(EINVAL);
	if (import->flags || count * XENGNTTAB_DMABUF_PAGE_SIZE != (uint64_t)size)
		return fail(EOPNOTSUPP);
	if (count > XENGNTTAB_DMABUF_MAX_PAGES)
		return fail(EDQUOT);
	if (reserve_refs(buffer, (uint32_t)count))
		return -1;
	if (old_import(xengnttab_fd(buffer->xgt), buffer->domid, import->fd, buffer->refs,
		       (uint32_t)count, &buffer->name)) {
		buffer->name = -1;
		return -1;
	}
	buffer->count = (uint32_t)count;
	buffer->first_offset = (uint32_t)import->offset;
	return 0;
}

/* The newest interface that the kernel has. */
static int import_any(xengnttab_dmabuf *buffer, struct kernel_import *import)
{
	if (!import_new(buffer, import))
		return 0;
	if (errno != ENOTTY)
		return -1;
	if (!import_old(buffer, import))
		return 0;
	return errno == ENOTTY ? fail(EOPNOTSUPP) : -1;
}

xengnttab_dmabuf *xengnttab_dmabuf_import(xengnttab_handle *xgt, uint32_t domid, int fd,
					  uint32_t flags, uint64_t offset, uint64_t length)
{
	struct kernel_import import = {
		.domid = domid,
		.flags = flags,
		.fd = fd,
		.offset = offset,
		.length = length,
	};
	xengnttab_dmabuf *buffer;

	buffer = buffer_new(xgt, XENGNTTAB_DMABUF_KIND_IMPORT, domid);
	if (!buffer)
		return NULL;
	if (import_any(buffer, &import)) {
		xengnttab_dmabuf_free(buffer);
		return NULL;
	}
	return buffer;
}
