/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The picture of the examples, and its sum.
 */
#ifndef EXAMPLES_PICTURE_H
#define EXAMPLES_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#define WIDTH		160U
#define HEIGHT		100U
#define STRIDE		(WIDTH * 4)
#define PICTURE_SIZE	((size_t)STRIDE * HEIGHT)
#define XRGB8888	0x34325258U	/* DRM_FORMAT_XRGB8888 */

static inline void picture_draw(uint32_t *pixels)
{
	uint32_t i;

	for (i = 0; i < WIDTH * HEIGHT; i++)
		pixels[i] = i * 2654435761U & 0xffffff;
}

static inline uint32_t picture_sum(const void *memory, size_t size)
{
	const uint8_t *bytes = memory;
	uint32_t sum = 2166136261U;
	size_t i;

	for (i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * 16777619U;
	return sum;
}

#endif /* EXAMPLES_PICTURE_H */
