// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "displd.h"
#include "output.h"
#include "picture.h"

#define MAX_NAME	32U

static const struct output_class *const classes[] = {
	&output_kms, &output_files,
#ifdef HAVE_WAYLAND
	&output_wayland,
#endif
};

struct output *output_open(const char *words)
{
	const struct output_class *class;
	size_t length = strcspn(words, ":");
	unsigned int i;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		class = classes[i];
		if (strlen(class->name) == length && !strncmp(class->name, words, length))
			return class->open(words[length] ? words + length + 1 : NULL);
	}
	say("'%s' is no output; use " OUTPUT_NAMES, words);
	return NULL;
}

bool area_fits(const struct area *area, uint32_t width, uint32_t height)
{
	return (uint64_t)area->x + area->width <= width &&
	       (uint64_t)area->y + area->height <= height;
}

const struct format *frame_pixels(const struct frame_format *format)
{
	const struct format *pixels = format_by_fourcc(format->fourcc);

	if (!pixels || (uint64_t)format->width * pixels->bytes > format->stride ||
	    format->offset + (uint64_t)format->stride * format->height > format->size)
		return NULL;
	return pixels;
}

const char *screen_name(const char *name)
{
	static const char safe[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	if (name && *name && strlen(name) <= MAX_NAME && !name[strspn(name, safe)])
		return name;
	return "display";
}
