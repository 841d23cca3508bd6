/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device of the module test-importer. The functions are thin wrappers, which return -1 with
 * errno set on failure and print nothing.
 */

#ifndef TESTS_IMPORTER_H
#define TESTS_IMPORTER_H

#include <stddef.h>
#include <stdint.h>

#include "../modules/importer.h"

/* Loads the module and opens its device. Ends the case if there is none. */
int importer_open(void);

/* Opens the device once more. The module must be loaded. */
int importer_open_again(void);

/* Attaches, maps for the device, reports the mapping, unmaps and detaches. */
int importer_attach(int importer, struct importer_attach *args);

/* The same, for a caller that needs only success or failure. */
int importer_try(int importer, int dmabuf);

/* Attaches and maps with these flags, until importer_drop(). One dma-buf per file. */
int importer_hold(int importer, int dmabuf, uint32_t flags);
int importer_drop(int importer);

/* Copies from the mapping that is held with IMPORTER_VMAP. */
int importer_read(int importer, uint64_t offset, void *buffer, uint32_t length);

/* Adds a fence to the held dma-buf, and signals it. */
int importer_fence(int importer);
int importer_signal(int importer);

/* Adds the fence of a device that writes. */
int importer_fence_write(int importer);

/* Locks dma_resv of the held dma-buf, and returns when it is unlocked again, after @ms. */
int importer_lock(int importer, uint32_t ms);

/* Sync each piece of what is held by its DMA address, for the device and for the CPU. */
int importer_sync(int importer);

/* Returns how often the exporter invalidated the mapping held with IMPORTER_DYNAMIC. */
uint32_t importer_invalidated(int importer);

/* Gives the device of this name the DMA operations of a real device. */
int importer_configure(int importer, const char *name);

/* Gets the DMA address of each page of the held dma-buf. */
int importer_addresses(int importer, uint64_t *addresses, uint32_t count);

#endif /* TESTS_IMPORTER_H */
