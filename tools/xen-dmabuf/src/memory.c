// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <xf86drm.h>

#include "card.h"
#include "command.h"
#include "memory.h"

#define PAGE		4096ULL

static uint64_t whole_pages(uint64_t size)
{
	return (size + PAGE - 1) / PAGE * PAGE;
}

int dmabuf_sync(int fd, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };
	int result;

	do {
		result = ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
	} while (result && (errno == EINTR || errno == EAGAIN) && !is_interrupted());
	return result;
}

static int map_memory(struct memory *memory)
{
	void *bytes = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd, 0);

	if (bytes != MAP_FAILED) {
		memory->bytes = bytes;
		return 0;
	}
	fail(EXIT_FAILED, "cannot map the dma-buf of %llu bytes (%s); choose other memory",
	     (unsigned long long)memory->size, strerror(errno));
	close(memory->fd);
	return -1;
}

int memory_memfd(struct memory *memory, uint64_t size)
{
	struct udmabuf_create args = { .flags = UDMABUF_FLAGS_CLOEXEC };
	int device, memfd;

	*memory = (struct memory){ .size = whole_pages(size), .fd = -1 };
	device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	if (device < 0)
		return fail(-1, "cannot open /dev/udmabuf (%s); use --heap, or a kernel with "
			    "CONFIG_UDMABUF", strerror(errno));
	memfd = memfd_create("xen-dmabuf", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memfd >= 0 && !ftruncate(memfd, (off_t)memory->size) &&
	    !fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK)) {
		args.memfd = (uint32_t)memfd;
		args.size = memory->size;
		memory->fd = ioctl(device, UDMABUF_CREATE, &args);
	}
	if (memory->fd < 0)
		fail(EXIT_FAILED, "cannot make a udmabuf of %llu bytes (%s); use --heap, or raise "
		     "/sys/module/udmabuf/parameters/size_limit_mb",
		     (unsigned long long)memory->size, strerror(errno));
	if (memfd >= 0)
		close(memfd);
	close(device);
	return memory->fd < 0 ? -1 : map_memory(memory);
}

int memory_heap(struct memory *memory, const char *name, uint64_t size)
{
	struct dma_heap_allocation_data args = { .fd_flags = O_RDWR | O_CLOEXEC };
	char path[288];
	int heap, result;

	*memory = (struct memory){ .size = whole_pages(size), .fd = -1 };
	snprintf(path, sizeof(path), "/dev/dma_heap/%s", name);
	heap = open(path, O_RDWR | O_CLOEXEC);
	if (heap < 0)
		return fail(-1, "cannot open %s (%s); choose a heap of /dev/dma_heap", path,
			    strerror(errno));
	args.len = memory->size;
	result = ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &args);
	if (result)
		fail(EXIT_FAILED, "heap '%s' cannot allocate %llu bytes (%s); choose a smaller "
		     "--size or another heap", name, (unsigned long long)memory->size,
		     strerror(errno));
	close(heap);
	if (result)
		return -1;
	memory->fd = (int)args.fd;
	return map_memory(memory);
}

int memory_dumb(struct memory *memory, const char *card, uint32_t width, uint32_t height,
		uint32_t bits)
{
	struct drm_mode_create_dumb dumb = { .width = width, .height = height, .bpp = bits };
	int drm = card_open(card, NULL);

	*memory = (struct memory){ .fd = -1 };
	if (drm < 0)
		return fail(-1, "cannot open the DRM device '%s' (%s); name a node of /dev/dri or "
			    "a driver", card, strerror(errno));
	if (drmIoctl(drm, DRM_IOCTL_MODE_CREATE_DUMB, &dumb) ||
	    drmPrimeHandleToFD(drm, dumb.handle, DRM_CLOEXEC | DRM_RDWR, &memory->fd)) {
		fail(EXIT_FAILED, "'%s' cannot make a dumb buffer of %ux%u (%s); choose another "
		     "device or size", card, width, height, strerror(errno));
		memory->fd = -1;
	}
	/* The dma-buf holds the memory. */
	close(drm);
	if (memory->fd < 0)
		return -1;
	memory->size = dumb.size;
	memory->stride = dumb.pitch;
	return map_memory(memory);
}

void memory_close(struct memory *memory)
{
	if (memory->bytes)
		munmap(memory->bytes, memory->size);
	if (memory->fd >= 0)
		close(memory->fd);
	*memory = (struct memory){ .fd = -1 };
}
