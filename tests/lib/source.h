/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dma-bufs of this domain, allocated by the kernel's drivers. A function that fails ends the case,
 * unless its comment says otherwise.
 */

#ifndef TESTS_SOURCE_H
#define TESTS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct source - a dma-buf
 * @name: which driver allocated it
 * @fd: the dma-buf
 * @pages: its size
 * @memory: its mapping in this process
 */
struct source {
	const char *name;
	int fd;
	uint32_t pages;
	char *memory;
};

/*
 * The drivers: "udmabuf" over a memfd, the dma-heaps "system" and "cma", and the dumb buffers of
 * the DRM drivers "vgem" and "vkms". Ends with NULL.
 */
extern const char *const source_names[];

/* Allocates and maps a dma-buf. */
void source_open(struct source *source, const char *name, uint32_t pages);

/* Unmaps and closes it. Afterwards, the process has no hold on the memory. */
void source_close(struct source *source);

/* Access by the CPU, with DMA_BUF_IOCTL_SYNC around it. */
void source_fill(struct source *source, uint64_t seed);
bool source_is(struct source *source, uint32_t page, uint32_t count, uint64_t seed);

#endif /* TESTS_SOURCE_H */
