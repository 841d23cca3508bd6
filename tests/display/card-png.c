// SPDX-License-Identifier: GPL-2.0
/* card-png DIRECTORY FRAMES: writes the first frames of the test card as DIRECTORY/N.png and N.ppm. */
#include <stdio.h>
#include <stdlib.h>

#include <drm_fourcc.h>

#include "../demo/card.h"
#include "picture.h"

static int write_ppm(const struct picture *picture, FILE *file)
{
	const uint32_t *pixels = (const uint32_t *)picture->memory;
	uint32_t i;

	fprintf(file, "P6\n%u %u\n255\n", picture->width, picture->height);
	for (i = 0; i < picture->width * picture->height; i++)
		fprintf(file, "%c%c%c", pixels[i] >> 16 & 0xff, pixels[i] >> 8 & 0xff,
			pixels[i] & 0xff);
	return ferror(file);
}

static int write_file(const struct picture *picture, const char *directory, int frame,
		      const char *type, int (*write_to)(const struct picture *, FILE *))
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%d.%s", directory, frame, type);
	file = fopen(path, "w");
	return !file || write_to(picture, file) || fclose(file);
}

int main(int argc, char **argv)
{
	struct picture picture = {
		.format = format_by_fourcc(DRM_FORMAT_XRGB8888),
		.width = CARD_WIDTH, .height = CARD_HEIGHT, .stride = CARD_STRIDE,
		.memory = malloc(CARD_BYTES),
	};
	int frame, frames = argc == 3 ? atoi(argv[2]) : 0;

	if (!frames || !picture.memory)
		return 2;
	for (frame = 0; frame < frames; frame++) {
		card_paint_frame((uint32_t *)picture.memory, (unsigned int)frame);
		if (write_file(&picture, argv[1], frame, "png", picture_write_png) ||
		    write_file(&picture, argv[1], frame, "ppm", write_ppm))
			return 1;
	}
	return 0;
}
