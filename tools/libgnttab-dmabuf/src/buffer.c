// SPDX-License-Identifier: LGPL-2.1-only
/*
 * The handle of a buffer: its life, and what does not depend on the kind of buffer.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "kernel.h"
#include "private.h"

void close_quietly(int fd)
{
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
}

xengnttab_dmabuf *buffer_new(xengnttab_handle *xgt, enum xengnttab_dmabuf_kind kind,
			     uint32_t domid)
{
	xengnttab_dmabuf *buffer = calloc(1, sizeof(*buffer));

	if (!buffer)
		return NULL;
	buffer->xgt = xgt;
	buffer->users = 1;
	buffer->kind = kind;
	buffer->domid = domid;
	buffer->name = -1;
	buffer->event = -1;
	pthread_mutex_init(&buffer->lock, NULL);
	return buffer;
}

xengnttab_dmabuf *xengnttab_dmabuf_ref(xengnttab_dmabuf *buffer)
{
	__atomic_add_fetch(&buffer->users, 1, __ATOMIC_RELAXED);
	return buffer;
}

/* The kernel keeps an eventfd until the buffer is released, unless it is removed. */
static void close_event(xengnttab_dmabuf *buffer)
{
	if (buffer->event < 0)
		return;
	kernel_notify_remove(xengnttab_fd(buffer->xgt), buffer->id, buffer->event);
	close(buffer->event);
}

void xengnttab_dmabuf_free(xengnttab_dmabuf *buffer)
{
	int error = errno;

	if (!buffer || __atomic_sub_fetch(&buffer->users, 1, __ATOMIC_ACQ_REL))
		return;
	close_event(buffer);
	close_quietly(buffer->name);
	pthread_mutex_destroy(&buffer->lock);
	free(buffer->refs);
	free(buffer);
	errno = error;
}

const uint32_t *xengnttab_dmabuf_refs(const xengnttab_dmabuf *buffer)
{
	if (!buffer->refs)
		errno = EINVAL;
	return buffer->refs;
}

uint32_t xengnttab_dmabuf_count(const xengnttab_dmabuf *buffer)
{
	return buffer->count;
}

uint32_t xengnttab_dmabuf_first_offset(const xengnttab_dmabuf *buffer)
{
	return buffer->first_offset;
}

uint32_t xengnttab_dmabuf_domid(const xengnttab_dmabuf *buffer)
{
	return buffer->domid;
}

uint64_t xengnttab_dmabuf_id(const xengnttab_dmabuf *buffer)
{
	return buffer->id;
}

static bool is_export(const xengnttab_dmabuf *buffer)
{
	return buffer->kind == XENGNTTAB_DMABUF_KIND_EXPORT;
}

/* The kernel forgets the name of an old import when that is released, so this happens only once. */
static int revoke_old_import(xengnttab_dmabuf *buffer)
{
	int result = 0;

	pthread_mutex_lock(&buffer->lock);
	if (!buffer->revoked)
		result = old_import_release(xengnttab_fd(buffer->xgt), buffer->name);
	if (!result)
		buffer->revoked = true;
	pthread_mutex_unlock(&buffer->lock);
	return result;
}

int xengnttab_dmabuf_revoke(xengnttab_dmabuf *buffer)
{
	if (is_old(buffer))
		return is_export(buffer) ? fail(EOPNOTSUPP) : revoke_old_import(buffer);
	/* Without the lock, because the kernel may wait here for a driver that uses the buffer. */
	if (kernel_revoke(xengnttab_fd(buffer->xgt), buffer->id))
		return -1;
	__atomic_store_n(&buffer->revoked, true, __ATOMIC_RELAXED);
	return 0;
}

/* Exports only, so revoke_old_import() does not write the flag. */
bool is_dead(xengnttab_dmabuf *buffer)
{
	return __atomic_load_n(&buffer->revoked, __ATOMIC_RELAXED) ||
	       !xengnttab_dmabuf_wait(buffer, 0);
}

int xengnttab_dmabuf_wait(xengnttab_dmabuf *buffer, int timeout_ms)
{
	int gntdev = xengnttab_fd(buffer->xgt);

	if (!is_old(buffer))
		return kernel_wait(gntdev, buffer->id, timeout_ms);
	if (is_export(buffer))
		return old_export_wait(gntdev, buffer->name, timeout_ms);
	return fail(EOPNOTSUPP);
}

static int event_open(xengnttab_dmabuf *buffer)
{
	int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (event < 0)
		return -1;
	if (kernel_notify(xengnttab_fd(buffer->xgt), buffer->id, event)) {
		close_quietly(event);
		return -1;
	}
	buffer->event = event;
	return 0;
}

int xengnttab_dmabuf_eventfd(xengnttab_dmabuf *buffer)
{
	int event, result = 0;

	if (is_old(buffer))
		return fail(EOPNOTSUPP);
	pthread_mutex_lock(&buffer->lock);
	if (buffer->event < 0)
		result = event_open(buffer);
	event = buffer->event;
	pthread_mutex_unlock(&buffer->lock);
	return result ? -1 : event;
}

int xengnttab_dmabuf_query(xengnttab_dmabuf *buffer, struct xengnttab_dmabuf_info *info)
{
	struct xengnttab_dmabuf_info answer = { 0 };
	uint32_t size = info->size;

	if (size < sizeof(answer))
		return fail(EINVAL);
	if (is_old(buffer))
		return fail(EOPNOTSUPP);
	if (kernel_query(xengnttab_fd(buffer->xgt), buffer->id, &answer))
		return -1;
	answer.size = size;
	memset(info, 0, size);
	memcpy(info, &answer, sizeof(answer));
	return 0;
}
