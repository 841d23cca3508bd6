/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Outputs show pictures: a KMS device, files, or windows of a Wayland compositor. An output has
 * screens, and each of the guests' connectors claims one. All functions that can fail return 0 or a
 * negative errno.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

struct format;
struct frame;
struct output;
struct screen;

/**
 * struct memory - memory of an output's own, for a buffer that the backend allocates
 * @fd: the dma-buf, owned by the caller of alloc()
 * @size: bytes, whole pages
 */
struct memory {
	int fd;
	uint64_t size;
};

/**
 * struct frame_format - how a picture lies in a dma-buf
 * @fourcc: DRM format
 * @offset: first byte
 */
struct frame_format {
	uint32_t width, height, stride, offset, fourcc;
	uint64_t size;
};

/**
 * struct area - the part of a frame that a screen shows
 * @x, @y: its first pixel
 * @width, @height: its size, which is that of the mode; neither is 0
 */
struct area {
	uint32_t x, y, width, height;
};

/**
 * struct output_class - a kind of output
 * @open: open the output that --output names; @words is what follows the class's name, or NULL.
 *        Prints a message and returns NULL on failure
 * @alloc: allocate memory of @size bytes for pictures of @width pixels in each of @height lines,
 *         with lines of @stride bytes
 * @claim: find a free screen for a connector. @name is its unique-id or NULL. No area that is
 *         shown there is larger than @width and @height
 * @release: the connector is gone
 * @attach: make a frame of a dma-buf, which remains the caller's and must stay open until @detach
 * @detach: free the frame, and blank a screen that shows it
 * @show: set the mode, and show this area of the frame; @frame and @area NULL: switch off
 * @flip: show the same area of another frame on the next vertical blank, and then call
 *        screen_flipped(). EBUSY while the last flip is not done
 */
struct output_class {
	const char *name;
	struct output *(*open)(const char *words);
	void (*close)(struct output *output);
	int (*alloc)(struct output *output, uint32_t width, uint32_t height, uint32_t stride,
		     uint32_t bpp, uint64_t size, struct memory *memory);
	struct screen *(*claim)(struct output *output, const char *name, uint32_t domid,
				uint32_t width, uint32_t height);
	void (*release)(struct screen *screen);
	struct frame *(*attach)(struct output *output, int fd, const struct frame_format *format,
				int *error);
	void (*detach)(struct frame *frame);
	int (*show)(struct screen *screen, struct frame *frame, const struct area *area);
	int (*flip)(struct screen *screen, struct frame *frame);
};

struct output {
	const struct output_class *class;
};

struct connector;

/**
 * struct screen - what a connector has claimed
 * @connector: the connector, which screen_flipped() tells
 */
struct screen {
	struct output *output;
	struct connector *connector;
};

extern const struct output_class output_kms, output_files;

#ifdef HAVE_WAYLAND
extern const struct output_class output_wayland;
#define OUTPUT_NAMES	"kms:DEVICE, files:DIRECTORY or wayland:SOCKET"
#else
#define OUTPUT_NAMES	"kms:DEVICE or files:DIRECTORY (displd was built without wayland)"
#endif

/* @words: CLASS[:WORDS]. Prints a message and returns NULL on failure. */
struct output *output_open(const char *words);

/* Does the area lie within a frame of this size? */
bool area_fits(const struct area *area, uint32_t width, uint32_t height);

/* How to read the pixels; NULL if that is not known or the picture is not within the dma-buf. */
const struct format *frame_pixels(const struct frame_format *format);

/* The unique-id of a connector if its characters are harmless, else a word. The guest can change it. */
const char *screen_name(const char *name);

/* The flip that the connector has asked for is done. Implemented by connector.c. */
void screen_flipped(struct screen *screen);

/* An output has a screen that can be claimed. Implemented by display.c. */
void screen_is_free(void);

#endif /* OUTPUT_H */
