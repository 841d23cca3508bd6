// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>
#include <png.h>

#include "picture.h"

#define PNG_LEVEL	3

static const struct format formats[] = {
	{ "XRGB8888", DRM_FORMAT_XRGB8888, 4, 16, 8, 8, 8, 0, 8 },
	{ "ARGB8888", DRM_FORMAT_ARGB8888, 4, 16, 8, 8, 8, 0, 8 },
	{ "XBGR8888", DRM_FORMAT_XBGR8888, 4, 0, 8, 8, 8, 16, 8 },
	{ "ABGR8888", DRM_FORMAT_ABGR8888, 4, 0, 8, 8, 8, 16, 8 },
	{ "RGBX8888", DRM_FORMAT_RGBX8888, 4, 24, 8, 16, 8, 8, 8 },
	{ "BGRX8888", DRM_FORMAT_BGRX8888, 4, 8, 8, 16, 8, 24, 8 },
	{ "XRGB2101010", DRM_FORMAT_XRGB2101010, 4, 20, 10, 10, 10, 0, 10 },
	{ "RGB888", DRM_FORMAT_RGB888, 3, 16, 8, 8, 8, 0, 8 },
	{ "BGR888", DRM_FORMAT_BGR888, 3, 0, 8, 8, 8, 16, 8 },
	{ "RGB565", DRM_FORMAT_RGB565, 2, 11, 5, 5, 6, 0, 5 },
};

#define FORMAT_COUNT	(sizeof(formats) / sizeof(formats[0]))

const struct format *format_by_fourcc(uint32_t fourcc)
{
	unsigned int i;

	for (i = 0; i < FORMAT_COUNT; i++)
		if (formats[i].fourcc == fourcc)
			return &formats[i];
	return NULL;
}

const struct format *format_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < FORMAT_COUNT; i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	if (strlen(name) != 4)
		return NULL;
	return format_by_fourcc(fourcc_code((uint32_t)name[0], (uint32_t)name[1],
					    (uint32_t)name[2], (uint32_t)name[3]));
}

static uint32_t pack_channel(uint8_t value, unsigned int shift, unsigned int bits)
{
	uint32_t max = (1U << bits) - 1;

	return (value * max + 127) / 255 << shift;
}

static uint8_t unpack_channel(uint32_t pixel, unsigned int shift, unsigned int bits)
{
	uint32_t max = (1U << bits) - 1;

	return (uint8_t)(((pixel >> shift & max) * 255 + max / 2) / max);
}

static void put_pixel(const struct picture *picture, uint32_t x, uint32_t y, uint32_t rgb)
{
	const struct format *f = picture->format;
	uint8_t *at = picture->memory + (size_t)y * picture->stride + (size_t)x * f->bytes;
	uint32_t pixel = pack_channel((uint8_t)(rgb >> 16), f->red, f->red_bits) |
			 pack_channel((uint8_t)(rgb >> 8), f->green, f->green_bits) |
			 pack_channel((uint8_t)rgb, f->blue, f->blue_bits);
	unsigned int i;

	for (i = 0; i < f->bytes; i++)
		at[i] = (uint8_t)(pixel >> 8 * i);
}

/* Eight bars, then a ramp, then a grid. */
static uint32_t card_colour(const struct picture *picture, uint32_t x, uint32_t y)
{
	static const uint32_t bars[] = {
		0xebebeb, 0xebeb10, 0x10ebeb, 0x10eb10, 0xeb10eb, 0xeb1010, 0x1010eb, 0x101010,
	};
	uint32_t level = (uint32_t)((uint64_t)x * 256 / picture->width);

	if (y < picture->height / 2)
		return bars[(uint64_t)x * 8 / picture->width];
	if (y < picture->height / 2 + picture->height / 8)
		return level << 16 | (255 - level) << 8 | level / 2;
	return x % 40 == 0 || y % 40 == 0 ? 0xffffff : 0x303038;
}

void card_paint(const struct picture *picture)
{
	uint32_t x, y;

	for (y = 0; y < picture->height; y++)
		for (x = 0; x < picture->width; x++)
			put_pixel(picture, x, y, card_colour(picture, x, y));
}

/* The lowest eighth. The box takes 64 steps to cross it. */
void card_move(const struct picture *picture, unsigned int step)
{
	uint32_t side = picture->height / 8;
	uint32_t left = (uint32_t)((uint64_t)(step % 64) * picture->width / 64);
	uint32_t x, y;

	for (y = picture->height - side; y < picture->height; y++)
		for (x = 0; x < picture->width; x++)
			put_pixel(picture, x, y, x - left < side ? 0xffc020 : 0x303038);
}

static void unpack_pixel(const struct picture *picture, uint32_t x, uint32_t y, uint8_t rgb[3])
{
	const struct format *f = picture->format;
	const uint8_t *from = picture->memory + (size_t)y * picture->stride + (size_t)x * f->bytes;
	uint32_t pixel = 0;
	unsigned int i;

	for (i = 0; i < f->bytes; i++)
		pixel |= (uint32_t)from[i] << 8 * i;
	rgb[0] = unpack_channel(pixel, f->red, f->red_bits);
	rgb[1] = unpack_channel(pixel, f->green, f->green_bits);
	rgb[2] = unpack_channel(pixel, f->blue, f->blue_bits);
}

static void convert_row(const struct picture *picture, uint32_t y, uint8_t *to)
{
	uint32_t x;

	for (x = 0; x < picture->width; x++)
		unpack_pixel(picture, x, y, to + 3 * (size_t)x);
}

/* Coefficients of BT.601 in 1/256. The offset makes the sums positive before the shift. */
static uint8_t weigh(const uint8_t rgb[3], int red, int green, int blue, int offset)
{
	return (uint8_t)((red * rgb[0] + green * rgb[1] + blue * rgb[2] + 128 +
			  offset * 256) >> 8);
}

void picture_to_ycbcr(const struct picture *picture, uint8_t *planes)
{
	size_t size = (size_t)picture->width * picture->height, at = 0;
	uint32_t x, y;

	for (y = 0; y < picture->height; y++) {
		for (x = 0; x < picture->width; x++, at++) {
			uint8_t rgb[3];

			unpack_pixel(picture, x, y, rgb);
			planes[at] = weigh(rgb, 66, 129, 25, 16);
			planes[size + at] = weigh(rgb, -38, -74, 112, 128);
			planes[2 * size + at] = weigh(rgb, 112, -94, -18, 128);
		}
	}
}

static void write_rows(const struct picture *picture, png_structp png, png_infop info,
		       FILE *file, uint8_t *row)
{
	uint32_t y;

	png_init_io(png, file);
	png_set_compression_level(png, PNG_LEVEL);
	/* To try all filters takes longer than to compress. */
	png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
	png_set_IHDR(png, info, picture->width, picture->height, 8, PNG_COLOR_TYPE_RGB,
		     PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	for (y = 0; y < picture->height; y++) {
		convert_row(picture, y, row);
		png_write_row(png, row);
	}
	png_write_end(png, info);
}

int picture_write_png(const struct picture *picture, FILE *file)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	uint8_t *row = malloc((size_t)picture->width * 3);
	volatile int result = -1;

	if (!info || !row)
		goto out_free;
	if (setjmp(png_jmpbuf(png)))
		goto out_free;
	write_rows(picture, png, info, file, row);
	result = 0;

out_free:
	png_destroy_write_struct(&png, &info);
	free(row);
	return result;
}
