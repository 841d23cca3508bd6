/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vivid, the kernel's virtual video device: a camera with a test pattern, and an HDMI input that is
 * connected to the device's own output. Pictures are XBGR32, in dma-bufs. A function that fails
 * ends the case, unless its comment says otherwise.
 */

#ifndef TESTS_VIVID_H
#define TESTS_VIVID_H

#include <stdint.h>

/* How its queues access a dma-buf: by a kernel address (vmap), or by one contiguous DMA address. */
enum vivid_allocator {
	VIVID_VMALLOC = 0,
	VIVID_DMA_CONTIG = 1,
};

/* Address bits of a device with contiguous queues. */
#define VIVID_DMA_BITS	32

/* Loads the module with queues of that kind. It is unloaded when the case ends. */
void vivid_load(enum vivid_allocator allocator);
void vivid_unload(void);

/* The name of its device. */
#define VIVID_DEVICE	"vivid.0"

enum vivid_input {
	VIVID_CAMERA = 0,
	VIVID_HDMI = 1,
};

/**
 * struct video - one side of the device
 * @fd: the open device
 * @type: V4L2_BUF_TYPE_*
 * @memory: V4L2_MEMORY_DMABUF, or V4L2_MEMORY_MMAP after video_allocate()
 * @bytes: size of a picture
 */
struct video {
	int fd;
	uint32_t type;
	uint32_t memory;
	uint32_t bytes;
};

/* Open the side that captures pictures from @input, and the side that outputs pictures. */
void video_open_capture(struct video *video, enum vivid_input input);
void video_open_output(struct video *video);

/*
 * Lets the device allocate the buffers, instead of taking those of others. video_export() makes a
 * dma-buf of one of them.
 */
void video_allocate(struct video *video);
int video_export(struct video *video, unsigned int index);

/* Releases all buffers. */
void video_close(struct video *video);

/*
 * Queues a dma-buf to capture to or to output from. Returns -1 with errno set on failure, and
 * prints nothing.
 */
int video_queue(struct video *video, unsigned int index, int dmabuf);
void video_start(struct video *video);

/* Waits until the device has finished a dma-buf. Returns its index. */
unsigned int video_dequeue(struct video *video);

#endif /* TESTS_VIVID_H */
