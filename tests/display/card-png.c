// SPDX-License-Identifier: GPL-2.0
/* card-png DIRECTORY FRAMES: writes the first frames of the test card as DIRECTORY/N.png. */
#include <stdio.h>
#include <stdlib.h>

#include <drm_fourcc.h>

#include "../demo/card.h"
#include "picture.h"

int main(int argc, char **argv)
{
	struct picture picture = {
		.format = format_by_fourcc(DRM_FORMAT_XRGB8888),
		.width = CARD_WIDTH, .height = CARD_HEIGHT, .stride = CARD_STRIDE,
		.memory = malloc(CARD_BYTES),
	};
	int frame, frames = argc == 3 ? atoi(argv[2]) : 0;
	char path[4096];
	FILE *file;

	if (!frames || !picture.memory)
		return 2;
	for (frame = 0; frame < frames; frame++) {
		card_paint_frame((uint32_t *)picture.memory, (unsigned int)frame);
		snprintf(path, sizeof(path), "%s/%d.png", argv[1], frame);
		file = fopen(path, "w");
		if (!file || picture_write_png(&picture, file) || fclose(file))
			return 1;
	}
	return 0;
}
