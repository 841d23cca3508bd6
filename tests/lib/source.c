// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libdrm/drm.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>

#include "case.h"
#include "gnt.h"
#include "guest.h"
#include "kms.h"
#include "pattern.h"
#include "source.h"

#define HEAPS	"/dev/dma_heap"

const char *const source_names[] = { "udmabuf", "system", "cma", "vgem", "vkms", NULL };

static size_t bytes_of(const struct source *source)
{
	return source->pages * PAGE_BYTES;
}

static int alloc_udmabuf(uint32_t pages)
{
	struct udmabuf_create args = { .flags = UDMABUF_FLAGS_CLOEXEC };
	int device, fd;

	device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	REQUIRE(device >= 0);
	args.memfd = (uint32_t)memfd_create("source", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	args.size = pages * PAGE_BYTES;
	REQUIRE((int)args.memfd >= 0);
	REQUIRE(!ftruncate((int)args.memfd, (off_t)args.size));
	REQUIRE(!fcntl((int)args.memfd, F_ADD_SEALS, F_SEAL_SHRINK));
	fd = ioctl(device, UDMABUF_CREATE, &args);
	REQUIRE(fd >= 0);
	close((int)args.memfd);
	close(device);
	return fd;
}

/* The CMA heap's name depends on the kernel. It is the only other one. */
static int open_heap(bool system)
{
	char path[sizeof(HEAPS) + 256];
	struct dirent *entry;
	int fd = -1;
	DIR *dir;

	dir = opendir(HEAPS);
	REQUIRE(dir);
	while (fd < 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "system") != system)
			continue;
		snprintf(path, sizeof(path), HEAPS "/%s", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	closedir(dir);
	REQUIRE(fd >= 0);
	return fd;
}

static int alloc_heap(bool system, uint32_t pages)
{
	struct dma_heap_allocation_data args = {
		.len = pages * PAGE_BYTES,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int heap = open_heap(system);

	REQUIRE(!ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &args));
	close(heap);
	return (int)args.fd;
}

/* A dumb buffer with a page per line. */
static int alloc_dumb(const char *driver, uint32_t pages)
{
	struct drm_mode_create_dumb dumb = {
		.width = PAGE_BYTES / 4, .height = pages, .bpp = 32,
	};
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };
	int drm = drm_open(driver);

	REQUIRE(drm >= 0);
	REQUIRE(!ioctl(drm, DRM_IOCTL_MODE_CREATE_DUMB, &dumb));
	REQUIRE(dumb.size == pages * PAGE_BYTES);
	prime.handle = dumb.handle;
	REQUIRE(!ioctl(drm, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
	/* The dma-buf holds the memory. */
	close(drm);
	return prime.fd;
}

static int alloc(const char *name, uint32_t pages)
{
	if (!strcmp(name, "udmabuf"))
		return alloc_udmabuf(pages);
	if (!strcmp(name, "system") || !strcmp(name, "cma"))
		return alloc_heap(!strcmp(name, "system"), pages);
	return alloc_dumb(name, pages);
}

void source_open(struct source *source, const char *name, uint32_t pages)
{
	*source = (struct source){ .name = name, .pages = pages, .fd = alloc(name, pages) };
	source->memory = mmap(NULL, bytes_of(source), PROT_READ | PROT_WRITE, MAP_SHARED,
			      source->fd, 0);
	REQUIRE(source->memory != MAP_FAILED);
}

void source_close(struct source *source)
{
	CHECK_OK(munmap(source->memory, bytes_of(source)));
	CHECK_OK(close(source->fd));
	source->fd = -1;
}

/*
 * Always for reading and writing. udmabuf maps its pages once, for the direction of the first
 * access, and the kernel's DMA debugging reports an access in another direction.
 */
static void sync_source(const struct source *source, uint64_t step)
{
	CHECK_OK(dmabuf_sync(source->fd, step | DMA_BUF_SYNC_RW));
}

void source_fill(struct source *source, uint64_t seed)
{
	uint32_t i;

	sync_source(source, DMA_BUF_SYNC_START);
	for (i = 0; i < source->pages; i++)
		pattern_fill(source->memory + i * PAGE_BYTES, seed, i);
	sync_source(source, DMA_BUF_SYNC_END);
}

bool source_is(struct source *source, uint32_t page, uint32_t count, uint64_t seed)
{
	bool same;

	sync_source(source, DMA_BUF_SYNC_START);
	same = memory_is(source->memory + page * PAGE_BYTES, page, count, seed);
	sync_source(source, DMA_BUF_SYNC_END);
	return same;
}
