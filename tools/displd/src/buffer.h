/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Display buffers: memory that a guest and the backend share, and the frames on it. All functions
 * that can fail return 0 or a negative errno.
 */
#ifndef BUFFER_H
#define BUFFER_H

#include <stdbool.h>
#include <stdint.h>

struct buffer;
struct fb;
struct guest;
struct output;

/**
 * struct buffer_request - what a guest asks for in DBUF_CREATE. Nothing of it can be trusted
 * @size: bytes
 * @offset: where the picture begins
 * @directory: reference of the first page of the list of references
 * @allocate: the backend allocates the memory
 */
struct buffer_request {
	uint64_t cookie;
	uint32_t width, height, bpp, size, offset, directory;
	bool allocate;
};

/* What a guest has. It exists as long as a display or a buffer of the guest does. */
struct guest *guest_get(uint32_t domid);
void guest_put(struct guest *guest);
/* What is charged to it, with all of its displays. */
unsigned int guest_buffers(const struct guest *guest);
uint64_t guest_bytes(const struct guest *guest);

/**
 * struct buffers - the buffers of one display
 * @copied: how many bytes of pictures were copied
 */
struct buffers {
	struct guest *guest;
	struct output *output;
	struct buffer *first;
	struct fb *first_fb;
	unsigned int nr_fbs;
	uint64_t copied;
};

int buffer_create(struct buffers *buffers, const struct buffer_request *request);

/* Tells that a destroyed buffer is released (0), or that this takes too long (-ETIMEDOUT). */
typedef void buffer_done(void *arg, uint16_t id, int status);

/**
 * buffer_destroy - give up a buffer
 * @done: called once with @arg and @id, perhaps before the return. After 0 the guest can use its
 *        memory again. The buffer is charged to the guest until it is released
 *
 * Frame buffers on it are detached. On failure, @done is not called. ENOENT: no such buffer.
 */
int buffer_destroy(struct buffers *buffers, uint64_t cookie, buffer_done *done, void *arg,
		   uint16_t id);

/* Destroys all buffers. From now on no @done is called. */
void buffers_close(struct buffers *buffers);

int fb_attach(struct buffers *buffers, uint64_t buffer_cookie, uint64_t cookie, uint32_t width,
	      uint32_t height, uint32_t fourcc);
int fb_detach(struct buffers *buffers, uint64_t cookie);

/* The output's frame, with the guest's latest picture; NULL if there is no such frame buffer. */
struct frame *fb_frame(struct buffers *buffers, uint64_t cookie);

#endif /* BUFFER_H */
