/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dma-bufs of this domain. The functions print a message and return -1 on failure.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdint.h>

/**
 * struct memory - a mapped dma-buf
 * @fd: the dma-buf
 * @size: its size in bytes
 * @stride: bytes per line of a dumb buffer, else 0
 * @bytes: its mapping
 */
struct memory {
	int fd;
	uint64_t size;
	uint32_t stride;
	uint8_t *bytes;
};

/* udmabuf over a memfd. @size is rounded up to pages. */
int memory_memfd(struct memory *memory, uint64_t size);
/* A dma-heap, by its name in /dev/dma_heap. */
int memory_heap(struct memory *memory, const char *name, uint64_t size);
/* A dumb buffer of a DRM device: the path of its node, or the name of its driver. */
int memory_dumb(struct memory *memory, const char *card, uint32_t width, uint32_t height,
		uint32_t bits);
void memory_close(struct memory *memory);

/* DMA_BUF_IOCTL_SYNC. Returns -1 with errno set, and prints nothing. */
int dmabuf_sync(int fd, uint64_t flags);

#endif /* MEMORY_H */
