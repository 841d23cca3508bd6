/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vivid, the kernel's video device that is none: a camera with a test pattern, and an HDMI
 * socket that the device's own output is plugged into. Pictures are XBGR32, in dma-bufs.
 * What fails ends the case unless it says otherwise.
 */

#ifndef TESTS_VIVID_H
#define TESTS_VIVID_H

#include <stdint.h>

/* How its queues want a dma-buf: at an address of the kernel's, or in one piece. */
enum vivid_allocator {
	VIVID_VMALLOC = 0,
	VIVID_DMA_CONTIG = 1,
};

/* What a device with such queues can reach. */
#define VIVID_DMA_BITS	32

/* Load it with queues of that kind. When the case ends it is taken out again. */
void vivid_load(enum vivid_allocator allocator);
void vivid_unload(void);

/* Its name as a device. */
#define VIVID_DEVICE	"vivid.0"

enum vivid_input {
	VIVID_CAMERA = 0,
	VIVID_HDMI = 1,
};

/**
 * struct video - one side of the device
 * @fd: the open device
 * @type: V4L2_BUF_TYPE_*
 * @bytes: of a picture
 */
struct video {
	int fd;
	uint32_t type;
	uint32_t bytes;
};

/* Pictures in (from @input), and pictures out. */
void video_open_capture(struct video *video, enum vivid_input input);
void video_open_output(struct video *video);

/* Lets go of all buffers. */
void video_close(struct video *video);

/* Hand the device a dma-buf for, or with, one picture. -1 with errno, and prints nothing. */
int video_queue(struct video *video, unsigned int index, int dmabuf);
void video_start(struct video *video);

/* Wait for the device to be done with a dma-buf. Returns its index. */
unsigned int video_dequeue(struct video *video);

#endif /* TESTS_VIVID_H */
