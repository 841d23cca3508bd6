// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Exports: dma-bufs made of a peer's references.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "private.h"

static int export_new(xengnttab_dmabuf *buffer, uint32_t flags, const uint32_t *refs,
		      int16_t *status, int *fd)
{
	struct kernel_export export = {
		.domid = buffer->domid,
		.flags = flags,
		.count = buffer->count,
		.refs = refs,
		.status = status,
	};

	if (kernel_export(xengnttab_fd(buffer->xgt), &export))
		return -1;
	buffer->id = export.id;
	*fd = export.fd;
	return 0;
}

static int export_old(xengnttab_dmabuf *buffer, uint32_t flags, const uint32_t *refs,
		      int16_t *status, int *fd)
{
	if (flags)
		return fail(EOPNOTSUPP);
	if (old_export(xengnttab_fd(buffer->xgt), buffer->domid, refs, buffer->count, fd,
		       &buffer->name)) {
		buffer->name = -1;
		return -1;
	}
	if (status)
		memset(status, 0, buffer->count * sizeof(status[0]));
	return 0;
}

/* The newest interface that the kernel has. */
static int export_any(xengnttab_dmabuf *buffer, uint32_t flags, const uint32_t *refs,
		      int16_t *status, int *fd)
{
	if (!export_new(buffer, flags, refs, status, fd))
		return 0;
	if (errno != ENOTTY)
		return -1;
	if (!export_old(buffer, flags, refs, status, fd))
		return 0;
	return errno == ENOTTY ? fail(EOPNOTSUPP) : -1;
}

static int check_count(uint64_t count)
{
	if (!count)
		return fail(EINVAL);
	return count > XENGNTTAB_DMABUF_MAX_PAGES ? fail(EDQUOT) : 0;
}

xengnttab_dmabuf *xengnttab_dmabuf_export(xengnttab_handle *xgt, uint32_t domid, uint32_t flags,
					  uint32_t count, const uint32_t *refs, int16_t *status,
					  int *fd)
{
	xengnttab_dmabuf *buffer;

	*fd = -1;
	if (check_count(count))
		return NULL;
	buffer = buffer_new(xgt, XENGNTTAB_DMABUF_KIND_EXPORT, domid);
	if (!buffer)
		return NULL;
	buffer->count = count;
	if (export_any(buffer, flags, refs, status, fd)) {
		*fd = -1;
		xengnttab_dmabuf_free(buffer);
		return NULL;
	}
	return buffer;
}

/* Checks the runs, and counts their references. */
static int count_runs(const struct xengnttab_dmabuf_run *runs, uint32_t nr_runs, uint32_t *count)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < nr_runs; i++) {
		if (!runs[i].count || runs[i].count - 1 > UINT32_MAX - runs[i].first)
			return fail(EINVAL);
		sum += runs[i].count;
	}
	if (check_count(sum))
		return -1;
	*count = (uint32_t)sum;
	return 0;
}

static void expand_runs(const struct xengnttab_dmabuf_run *runs, uint32_t nr_runs, uint32_t *refs)
{
	uint32_t i, k;

	for (i = 0; i < nr_runs; i++)
		for (k = 0; k < runs[i].count; k++)
			*refs++ = runs[i].first + k;
}

xengnttab_dmabuf *xengnttab_dmabuf_export_runs(xengnttab_handle *xgt, uint32_t domid,
					       uint32_t flags, uint32_t nr_runs,
					       const struct xengnttab_dmabuf_run *runs,
					       int16_t *status, int *fd)
{
	xengnttab_dmabuf *buffer;
	uint32_t *refs, count;
	int error;

	*fd = -1;
	if (count_runs(runs, nr_runs, &count))
		return NULL;
	refs = malloc(count * sizeof(refs[0]));
	if (!refs)
		return NULL;
	expand_runs(runs, nr_runs, refs);
	buffer = xengnttab_dmabuf_export(xgt, domid, flags, count, refs, status, fd);
	error = errno;
	free(refs);
	errno = error;
	return buffer;
}
