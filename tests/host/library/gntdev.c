// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>

#include <xen/gntdev_dmabuf.h>

#include "check.h"
#include "gntdev.h"

static int dev_null = -1;
xengnttab_handle *const fake_xgt = (xengnttab_handle *)&dev_null;
unsigned long exports;
static uint64_t last_id;

void fake_open(void)
{
	dev_null = open("/dev/null", O_RDWR | O_CLOEXEC);
	CHECK(dev_null >= 0);
}

int xengnttab_fd(xengnttab_handle *xgt)
{
	CHECK(xgt == fake_xgt);
	return dev_null;
}

static int refuse(int error)
{
	errno = error;
	return -1;
}

static int fake_export(struct gntdev_dmabuf_export *args)
{
	const uint32_t *refs = (const uint32_t *)(uintptr_t)args->refs;
	uint32_t i;

	CHECK(args->size == sizeof(*args) && args->count);
	for (i = 0; i < args->count; i++)
		if (refs[i] >= BAD_REF)
			return refuse(EREMOTEIO);
	args->fd = fcntl(dev_null, F_DUPFD_CLOEXEC, 0);
	CHECK(args->fd >= 0);
	args->id = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&exports, 1, __ATOMIC_RELAXED);
	return 0;
}

/* A look finds the buffer live. A wait finds it released: nothing uses it here. */
static int fake_wait(const struct gntdev_dmabuf_wait *args)
{
	CHECK(args->id && args->id <= __atomic_load_n(&last_id, __ATOMIC_RELAXED));
	return args->deadline == GNTDEV_DMABUF_WAIT_POLL ? refuse(ETIMEDOUT) : 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	CHECK(fd == dev_null);
	if (request == GNTDEV_DMABUF_EXPORT)
		return fake_export(argument);
	if (request == GNTDEV_DMABUF_WAIT)
		return fake_wait(argument);
	if (request == GNTDEV_DMABUF_NOTIFY || request == GNTDEV_DMABUF_REVOKE)
		return 0;
	return refuse(ENOTTY);
}
