// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "case.h"
#include "importer.h"

int importer_open_again(void)
{
	int fd = open("/dev/xen-test-importer", O_RDWR | O_CLOEXEC);

	REQUIRE(fd >= 0);
	return fd;
}

int importer_open(void)
{
	REQUIRE(!system("modprobe test-importer"));
	return importer_open_again();
}

int importer_attach(int importer, struct importer_attach *args)
{
	return ioctl(importer, IMPORTER_ATTACH, args);
}

int importer_try(int importer, int dmabuf)
{
	struct importer_attach args = { .fd = dmabuf };

	return importer_attach(importer, &args);
}

int importer_hold(int importer, int dmabuf, uint32_t flags)
{
	struct importer_hold args = { .fd = dmabuf, .flags = flags };

	return ioctl(importer, IMPORTER_HOLD, &args);
}

int importer_drop(int importer)
{
	return ioctl(importer, IMPORTER_DROP);
}

int importer_read(int importer, uint64_t offset, void *buffer, uint32_t length)
{
	struct importer_read args = {
		.offset = offset,
		.length = length,
		.buffer = (uintptr_t)buffer,
	};

	return ioctl(importer, IMPORTER_READ, &args);
}

int importer_fence(int importer)
{
	return ioctl(importer, IMPORTER_FENCE);
}

int importer_fence_write(int importer)
{
	return ioctl(importer, IMPORTER_FENCE_WRITE);
}

int importer_lock(int importer, uint32_t ms)
{
	return ioctl(importer, IMPORTER_LOCK, &ms);
}

int importer_sync(int importer)
{
	return ioctl(importer, IMPORTER_SYNC);
}

int importer_signal(int importer)
{
	return ioctl(importer, IMPORTER_SIGNAL);
}

uint32_t importer_invalidated(int importer)
{
	uint32_t count;

	REQUIRE(!ioctl(importer, IMPORTER_INVALIDATED, &count));
	return count;
}

int importer_configure(int importer, const char *name)
{
	struct importer_configure args = { .name = "" };

	strncpy(args.name, name, sizeof(args.name) - 1);
	return ioctl(importer, IMPORTER_CONFIGURE, &args);
}

int importer_addresses(int importer, uint64_t *addresses, uint32_t count)
{
	struct importer_addresses args = {
		.count = count,
		.addresses = (uintptr_t)addresses,
	};

	return ioctl(importer, IMPORTER_ADDRESSES, &args);
}
