// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "case.h"
#include "exporter.h"
#include "guest.h"

int exporter_open(void)
{
	int fd;

	REQUIRE(!system("modprobe test-exporter"));
	fd = open("/dev/xen-test-exporter", O_RDWR | O_CLOEXEC);
	REQUIRE(fd >= 0);
	return fd;
}

int exporter_make(int exporter, struct exporter_make *args)
{
	return ioctl(exporter, EXPORTER_MAKE, args);
}

static void make_source(int exporter, struct exporter_make args, struct source *source)
{
	uint32_t count = args.count;

	REQUIRE(!exporter_make(exporter, &args));
	*source = (struct source){ .name = "test-exporter", .fd = args.fd, .pages = count };
	source->memory = mmap(NULL, count * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			      source->fd, 0);
	REQUIRE(source->memory != MAP_FAILED);
}

void exporter_source(int exporter, uint32_t count, struct source *source)
{
	make_source(exporter, (struct exporter_make){ .kind = EXPORTER_PAGES, .count = count,
						      .wrapped = -1 }, source);
}

void exporter_incoherent_source(int exporter, uint32_t count, struct source *source)
{
	make_source(exporter, (struct exporter_make){ .kind = EXPORTER_PAGES, .count = count,
						      .wrapped = -1, .incoherent = 1 }, source);
}

void exporter_device_write(int exporter, const void *memory)
{
	struct exporter_view args = { .memory = (uintptr_t)memory };

	REQUIRE(!ioctl(exporter, EXPORTER_DEVICE_WRITE, &args));
}

void exporter_device_read(int exporter, void *memory)
{
	struct exporter_view args = { .memory = (uintptr_t)memory };

	REQUIRE(!ioctl(exporter, EXPORTER_DEVICE_READ, &args));
}

void exporter_invalidate(int exporter)
{
	REQUIRE(!ioctl(exporter, EXPORTER_INVALIDATE));
}

bool exporter_is_unused(int exporter)
{
	struct exporter_usage usage;

	REQUIRE(!ioctl(exporter, EXPORTER_USAGE, &usage));
	return !usage.pins && !usage.mappings;
}
