// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include <linux/dma-heap.h>

#include "heap.h"

#define HEAP	"/dev/dma_heap/system"

int heap_open(void)
{
	return open(HEAP, O_RDWR | O_CLOEXEC);
}

int heap_alloc(int heap, uint64_t size, struct memory *memory)
{
	struct dma_heap_allocation_data args = { .len = size, .fd_flags = O_RDWR | O_CLOEXEC };

	if (heap < 0)
		return -EOPNOTSUPP;
	if (ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &args))
		return -errno;
	*memory = (struct memory){ .fd = (int)args.fd, .size = size };
	return 0;
}
