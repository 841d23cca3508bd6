/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device of the module test-importer: thin calls, which return -1 with errno set and
 * print nothing.
 */

#ifndef TESTS_IMPORTER_H
#define TESTS_IMPORTER_H

#include <stddef.h>
#include <stdint.h>

#include "../modules/importer.h"

/* The device, with its module loaded. Ends the case if there is none. */
int importer_open(void);

/* Once more, when the module is loaded. */
int importer_open_again(void);

/* Attach, map for the device, look, unmap, detach. */
int importer_attach(int importer, struct importer_attach *args);

/* The same, for who only wants to know whether that can be done. */
int importer_try(int importer, int dmabuf);

/* Attach, map and keep that, with these flags, until dropped; one dma-buf per file. */
int importer_hold(int importer, int dmabuf, uint32_t flags);
int importer_drop(int importer);

/* Copy from what is held with IMPORTER_VMAP. */
int importer_read(int importer, uint64_t offset, void *buffer, uint32_t length);

/* A fence on what is held, and the end of it. */
int importer_fence(int importer);
int importer_signal(int importer);

/* The fence of a device that writes. */
int importer_fence_write(int importer);

/* Keep dma_resv of what is held locked for so long; returns then. */
int importer_lock(int importer, uint32_t ms);

/* How often what is held, with IMPORTER_DYNAMIC, was asked to give up its mapping. */
uint32_t importer_invalidated(int importer);

/* Be configured for DMA as the device of this name is. */
int importer_configure(int importer, const char *name);

/* The DMA address of each page of what is held. */
int importer_addresses(int importer, uint64_t *addresses, uint32_t count);

#endif /* TESTS_IMPORTER_H */
