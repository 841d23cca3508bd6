/* SPDX-License-Identifier: GPL-2.0 */
/* Memory for outputs that have none of their own: the system's dma-heap. */
#ifndef HEAP_H
#define HEAP_H

#include <stdint.h>

#include "output.h"

/* A descriptor for heap_alloc(), or -1 if there is no heap. */
int heap_open(void);

/* 0 or a negative errno; -EOPNOTSUPP if @heap is -1. */
int heap_alloc(int heap, uint64_t size, struct memory *memory);

#endif /* HEAP_H */
