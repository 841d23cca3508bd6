/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device of the module test-exporter. A function that fails ends the case, unless its comment
 * says otherwise.
 */

#ifndef TESTS_EXPORTER_H
#define TESTS_EXPORTER_H

#include <stdbool.h>
#include <stdint.h>

#include "source.h"
#include "../modules/exporter.h"

/* Loads the module and opens its device, for one dma-buf. */
int exporter_open(void);

/* Makes a dma-buf. Returns -1 with errno set on failure, and prints nothing. */
int exporter_make(int exporter, struct exporter_make *args);

/* The same, of @count pages of RAM, and maps it. source_close() undoes that. */
void exporter_source(int exporter, uint32_t count, struct source *source);

/* The same, with a device that is not coherent, and what this device writes and sees. */
void exporter_incoherent_source(int exporter, uint32_t count, struct source *source);
void exporter_device_write(int exporter, const void *memory);
void exporter_device_read(int exporter, void *memory);

void exporter_invalidate(int exporter);

/* Is the dma-buf neither pinned nor mapped? */
bool exporter_is_unused(int exporter);

#endif /* TESTS_EXPORTER_H */
