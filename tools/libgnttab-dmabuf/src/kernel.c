// SPDX-License-Identifier: LGPL-2.1-only
/*
 * The operations of xen/gntdev_dmabuf.h.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include <xen/gntdev_dmabuf.h>

#include "kernel.h"
#include "private.h"

/* Bits of the library and of the kernel with the same meaning. */
struct bit {
	uint32_t ours, kernels;
};

#define BIT_COUNT(bits)	(sizeof(bits) / sizeof((bits)[0]))

static const struct bit export_flags[] = {
	{ XENGNTTAB_DMABUF_EXPORT_READONLY, GNTDEV_DMABUF_EXPORT_READONLY },
	{ XENGNTTAB_DMABUF_EXPORT_CONTIGUOUS, GNTDEV_DMABUF_EXPORT_CONTIGUOUS },
	{ XENGNTTAB_DMABUF_EXPORT_REVOKE_ON_CLOSE, GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE },
	{ XENGNTTAB_DMABUF_EXPORT_REVOCABLE, GNTDEV_DMABUF_EXPORT_REVOCABLE },
};

static const struct bit import_flags[] = {
	{ XENGNTTAB_DMABUF_IMPORT_READONLY, GNTDEV_DMABUF_IMPORT_READONLY },
};

static const struct bit properties[] = {
	{ XENGNTTAB_DMABUF_CONTIGUOUS, GNTDEV_DMABUF_QUERY_CONTIGUOUS },
	{ XENGNTTAB_DMABUF_LOST, GNTDEV_DMABUF_QUERY_LOST },
};

/* A flag that the library does not know is an error, as it is for the kernel. */
static int to_kernel(const struct bit *bits, size_t count, uint32_t ours, uint32_t *kernels)
{
	size_t i;

	*kernels = 0;
	for (i = 0; i < count; i++) {
		if (ours & bits[i].ours)
			*kernels |= bits[i].kernels;
		ours &= ~bits[i].ours;
	}
	return ours ? fail(EINVAL) : 0;
}

/* A bit that a later kernel has added is dropped. */
static uint32_t from_kernel(const struct bit *bits, size_t count, uint32_t kernels)
{
	uint32_t ours = 0;
	size_t i;

	for (i = 0; i < count; i++)
		if (kernels & bits[i].kernels)
			ours |= bits[i].ours;
	return ours;
}

int kernel_export(int gntdev, struct kernel_export *export)
{
	struct gntdev_dmabuf_export args = {
		.size = sizeof(args),
		.domid = export->domid,
		.count = export->count,
		.refs = (uintptr_t)export->refs,
		.status = (uintptr_t)export->status,
	};

	if (to_kernel(export_flags, BIT_COUNT(export_flags), export->flags, &args.flags))
		return -1;
	if (ioctl(gntdev, GNTDEV_DMABUF_EXPORT, &args))
		return -1;
	export->id = args.id;
	export->fd = args.fd;
	return 0;
}

int kernel_import(int gntdev, struct kernel_import *import)
{
	struct gntdev_dmabuf_import args = {
		.size = sizeof(args),
		.domid = import->domid,
		.fd = import->fd,
		.offset = import->offset,
		.length = import->length,
		.refs = (uintptr_t)import->refs,
		.capacity = import->capacity,
	};
	int result;

	if (to_kernel(import_flags, BIT_COUNT(import_flags), import->flags, &args.flags))
		return -1;
	result = ioctl(gntdev, GNTDEV_DMABUF_IMPORT, &args);
	import->count = args.count;
	import->id = args.id;
	import->first_offset = args.first_offset;
	return result;
}

int kernel_revoke(int gntdev, uint64_t id)
{
	struct gntdev_dmabuf_revoke args = { .size = sizeof(args), .id = id };

	return ioctl(gntdev, GNTDEV_DMABUF_REVOKE, &args);
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

int kernel_wait(int gntdev, uint64_t id, int timeout_ms)
{
	struct gntdev_dmabuf_wait args = { .size = sizeof(args), .id = id };

	if (timeout_ms < 0)
		args.deadline = GNTDEV_DMABUF_WAIT_FOREVER;
	else if (timeout_ms == 0)
		args.deadline = GNTDEV_DMABUF_WAIT_POLL;
	else
		args.deadline = now_ns() + (uint64_t)timeout_ms * NSEC_PER_MSEC;
	return ioctl(gntdev, GNTDEV_DMABUF_WAIT, &args);
}

static int notify(int gntdev, uint64_t id, int event, uint32_t flags)
{
	struct gntdev_dmabuf_notify args = {
		.size = sizeof(args),
		.flags = flags,
		.id = id,
		.eventfd = event,
	};

	return ioctl(gntdev, GNTDEV_DMABUF_NOTIFY, &args);
}

int kernel_notify(int gntdev, uint64_t id, int event)
{
	return notify(gntdev, id, event, 0);
}

int kernel_notify_remove(int gntdev, uint64_t id, int event)
{
	return notify(gntdev, id, event, GNTDEV_DMABUF_NOTIFY_REMOVE);
}

static uint32_t state_from_kernel(uint32_t state)
{
	switch (state) {
	case GNTDEV_DMABUF_STATE_LIVE:
		return XENGNTTAB_DMABUF_STATE_LIVE;
	case GNTDEV_DMABUF_STATE_REVOKING:
		return XENGNTTAB_DMABUF_STATE_REVOKING;
	case GNTDEV_DMABUF_STATE_UNMAPPING:
		return XENGNTTAB_DMABUF_STATE_UNMAPPING;
	case GNTDEV_DMABUF_STATE_RELEASED:
		return XENGNTTAB_DMABUF_STATE_RELEASED;
	case GNTDEV_DMABUF_STATE_ENDING:
		return XENGNTTAB_DMABUF_STATE_ENDING;
	default:
		return XENGNTTAB_DMABUF_STATE_UNKNOWN;
	}
}

int kernel_query(int gntdev, uint64_t id, struct xengnttab_dmabuf_info *info)
{
	struct gntdev_dmabuf_query args;

	memset(&args, 0, sizeof(args));
	args.size = sizeof(args);
	args.id = id;
	if (ioctl(gntdev, GNTDEV_DMABUF_QUERY, &args))
		return -1;

	info->state = state_from_kernel(args.state);
	info->domid = args.domid;
	info->count = args.count;
	info->properties = from_kernel(properties, BIT_COUNT(properties), args.properties);
	info->attachments = args.attachments;
	info->user_mappings = args.user_mappings;
	info->mapped = args.mapped;
	info->kind = XENGNTTAB_DMABUF_KIND_NONE;
	info->flags = 0;
	if (args.kind == GNTDEV_DMABUF_KIND_EXPORT) {
		info->kind = XENGNTTAB_DMABUF_KIND_EXPORT;
		info->flags = from_kernel(export_flags, BIT_COUNT(export_flags),
					  args.buffer_flags);
	} else if (args.kind == GNTDEV_DMABUF_KIND_IMPORT) {
		info->kind = XENGNTTAB_DMABUF_KIND_IMPORT;
		info->flags = from_kernel(import_flags, BIT_COUNT(import_flags),
					  args.buffer_flags);
	}
	return 0;
}

/*
 * Does the kernel know this operation? A structure that is too small is EINVAL in all of them, so
 * the operation does nothing.
 */
static int knows(int gntdev, unsigned long request)
{
	uint32_t size = sizeof(size);

	if (ioctl(gntdev, request, &size) == 0)
		return fail(EIO);
	if (errno == ENOTTY)
		return 0;
	return errno == EINVAL ? 1 : -1;
}

int kernel_capabilities(int gntdev, uint32_t *caps)
{
	static const struct {
		unsigned long request;
		uint32_t cap;
	} operations[] = {
		{ GNTDEV_DMABUF_EXPORT, XENGNTTAB_DMABUF_CAP_EXPORT },
		{ GNTDEV_DMABUF_IMPORT, XENGNTTAB_DMABUF_CAP_IMPORT },
		{ GNTDEV_DMABUF_REVOKE, XENGNTTAB_DMABUF_CAP_REVOKE },
		{ GNTDEV_DMABUF_NOTIFY, XENGNTTAB_DMABUF_CAP_NOTIFY },
		{ GNTDEV_DMABUF_QUERY, XENGNTTAB_DMABUF_CAP_QUERY },
	};
	size_t i;
	int known;

	*caps = 0;
	for (i = 0; i < BIT_COUNT(operations); i++) {
		known = knows(gntdev, operations[i].request);
		if (known < 0)
			return -1;
		if (known)
			*caps |= operations[i].cap;
	}
	return 0;
}
