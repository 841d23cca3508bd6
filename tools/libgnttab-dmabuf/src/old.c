// SPDX-License-Identifier: LGPL-2.1-only
/*
 * The ioctls for dma-bufs that Linux has had since 4.19.
 *
 * They name a buffer by the number of a file descriptor. If the caller closes that descriptor, its
 * number can become the name of another buffer, and a wait would wait for the wrong one. So the
 * library keeps each number in use: of an export it gives the caller a duplicate, and replaces the
 * descriptor that the kernel made by a placeholder, which does not hold the dma-buf. An import is
 * made of a duplicate, which stays open.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* dup3() */
#endif
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "old-ioctls.h"

#include "kernel.h"
#include "private.h"

/* Xen reserves the numbers of domains from here on. These ioctls do not check it. */
#define DOMID_LIMIT	0x7FF0U

/* No descriptor of this process has this number. */
#define NO_SUCH_FD	0x7fffffffU

/*
 * The wait of old kernels cannot be interrupted, not even by SIGKILL. So the library waits in
 * slices.
 */
#define SLICE_MS	100U

/* Moves the dma-buf to another descriptor, and puts a placeholder in its place. */
static int take_name(int name, int *fd)
{
	int placeholder, moved;

	placeholder = eventfd(0, EFD_CLOEXEC);
	if (placeholder < 0)
		return -1;
	moved = fcntl(name, F_DUPFD_CLOEXEC, 0);
	if (moved < 0)
		goto err_close_placeholder;
	if (dup3(placeholder, name, O_CLOEXEC) < 0)
		goto err_close_moved;
	close(placeholder);
	*fd = moved;
	return 0;

err_close_moved:
	close_quietly(moved);
err_close_placeholder:
	close_quietly(placeholder);
	return -1;
}

int old_export(int gntdev, uint32_t domid, const uint32_t *refs, uint32_t count, int *fd,
	       int *name)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs *args;
	size_t size = count * sizeof(refs[0]);
	int result;

	if (domid >= DOMID_LIMIT)
		return fail(EINVAL);
	args = malloc(offsetof(struct ioctl_gntdev_dmabuf_exp_from_refs, refs) + size);
	if (!args)
		return -1;
	args->flags = 0;
	args->count = count;
	args->fd = 0;
	args->domid = domid;
	memcpy(args->refs, refs, size);
	result = ioctl(gntdev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, args);
	*name = (int)args->fd;
	free(args);
	if (result)
		return -1;
	if (take_name(*name, fd)) {
		close_quietly(*name);
		return -1;
	}
	return 0;
}

static int wait_slice(int gntdev, int name, uint32_t ms)
{
	struct ioctl_gntdev_dmabuf_exp_wait_released args = {
		.fd = (uint32_t)name,
		.wait_to_ms = ms,
	};

	if (!ioctl(gntdev, IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED, &args))
		return 0;
	/* The kernel forgets a buffer that is released. */
	return errno == ENOENT ? 0 : -1;
}

/* How long the next slice is: 0 when the time is over. */
static uint32_t next_slice(uint64_t deadline)
{
	uint64_t now = now_ns(), left;

	if (now >= deadline)
		return 0;
	left = (deadline - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC;
	return left < SLICE_MS ? (uint32_t)left : SLICE_MS;
}

int old_export_wait(int gntdev, int name, int timeout_ms)
{
	uint64_t deadline;
	uint32_t slice;

	deadline = timeout_ms < 0 ? UINT64_MAX : now_ns() + (uint64_t)timeout_ms * NSEC_PER_MSEC;
	do {
		slice = next_slice(deadline);
		if (!wait_slice(gntdev, name, slice))
			return 0;
		if (errno != ETIMEDOUT)
			return -1;
	} while (slice);
	return -1;
}

static int import_ioctl(int gntdev, uint32_t domid, int fd, uint32_t *refs, uint32_t count)
{
	struct ioctl_gntdev_dmabuf_imp_to_refs *args;
	size_t size = count * sizeof(refs[0]);
	int result;

	args = calloc(1, offsetof(struct ioctl_gntdev_dmabuf_imp_to_refs, refs) + size);
	if (!args)
		return -1;
	args->fd = (uint32_t)fd;
	args->count = count;
	args->domid = domid;
	result = ioctl(gntdev, IOCTL_GNTDEV_DMABUF_IMP_TO_REFS, args);
	if (!result)
		memcpy(refs, args->refs, size);
	free(args);
	return result;
}

int old_import(int gntdev, uint32_t domid, int fd, uint32_t *refs, uint32_t count, int *name)
{
	if (domid >= DOMID_LIMIT)
		return fail(EINVAL);
	*name = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (*name < 0)
		return -1;
	if (import_ioctl(gntdev, domid, *name, refs, count)) {
		close_quietly(*name);
		return -1;
	}
	return 0;
}

int old_import_release(int gntdev, int name)
{
	struct ioctl_gntdev_dmabuf_imp_release args = { .fd = (uint32_t)name };

	return ioctl(gntdev, IOCTL_GNTDEV_DMABUF_IMP_RELEASE, &args);
}

/* The result of a call for a buffer that does not exist. */
static int knows(int result)
{
	if (!result)
		return fail(EIO);
	if (errno == ENOTTY)
		return 0;
	return errno == ENOENT ? 1 : -1;
}

int old_capabilities(int gntdev, uint32_t *caps)
{
	struct ioctl_gntdev_dmabuf_exp_wait_released wait = { .fd = NO_SUCH_FD };
	int known;

	*caps = 0;
	known = knows(ioctl(gntdev, IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED, &wait));
	if (known < 0)
		return -1;
	if (known)
		*caps |= XENGNTTAB_DMABUF_CAP_OLD_EXPORT;
	known = knows(old_import_release(gntdev, (int)NO_SUCH_FD));
	if (known < 0)
		return -1;
	if (known)
		*caps |= XENGNTTAB_DMABUF_CAP_OLD_IMPORT;
	return 0;
}
