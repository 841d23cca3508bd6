/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pictures: formats of pixels, the test card, PNG.
 */
#ifndef PICTURE_H
#define PICTURE_H

#include <stdint.h>
#include <stdio.h>

struct format {
	const char *name;
	uint32_t fourcc;
	unsigned int bytes;
	/* Positions of the channels, lowest bit and number of bits, in the little-endian pixel. */
	uint8_t red, red_bits, green, green_bits, blue, blue_bits;
};

/* NULL if it is not known. By name as XRGB8888, or by the four letters as XR24. */
const struct format *format_by_name(const char *name);
const struct format *format_by_fourcc(uint32_t fourcc);

/* The caller has checked that all of it is mapped. */
struct picture {
	const struct format *format;
	uint32_t width, height, stride;
	uint8_t *memory;
};

void card_paint(const struct picture *picture);
/* Paints the band in which a box moves, at this step. */
void card_move(const struct picture *picture, unsigned int step);

/*
 * A frame of a y4m stream: 8 bits of Y', Cb and Cr for each pixel (C444), limited range of BT.601.
 * @planes has room for 3 * width * height bytes.
 */
void picture_to_ycbcr(const struct picture *picture, uint8_t *planes);

/* 0, or -1. */
int picture_write_png(const struct picture *picture, FILE *file);

#endif /* PICTURE_H */
