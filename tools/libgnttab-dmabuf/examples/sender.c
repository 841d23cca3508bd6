// SPDX-License-Identifier: LGPL-2.1-only
/*
 * usage: sender DOMID
 *
 * Draws a picture into a dma-buf, sends it to a domain over a vchan, and waits until that has
 * released it. Run it in a guest with DOMID 0, and receiver or sandbox in Dom0.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "picture.h"
#include "vchan.h"

#define PAGE		4096U
#define WAIT_MS		5000

static int heap_alloc(void)
{
	struct dma_heap_allocation_data args = {
		.len = (PICTURE_SIZE + PAGE - 1) / PAGE * PAGE,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC), result;

	if (heap < 0)
		return -1;
	result = ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &args);
	close(heap);
	return result ? -1 : (int)args.fd;
}

static int draw(int dmabuf)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_WRITE };
	void *memory;

	memory = mmap(NULL, PICTURE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	if (memory == MAP_FAILED)
		return -1;
	ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &sync);
	picture_draw(memory);
	printf("sum %08x\n", picture_sum(memory, PICTURE_SIZE));
	sync.flags |= DMA_BUF_SYNC_END;
	ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &sync);
	return munmap(memory, PICTURE_SIZE);
}

/* The peer says that it has released the buffer. The kernel knows. */
static int wait_for_release(xengnttab_dmabuf_stream *stream)
{
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };
	int result;

	if (xengnttab_dmabuf_stream_receive(stream, &event) != 1 ||
	    event.type != XENGNTTAB_DMABUF_EVENT_RELEASED)
		return -1;
	printf("peer: %s\n", event.error ? "not mapped" : "released");
	result = event.error ? -1 : xengnttab_dmabuf_wait(event.buffer, WAIT_MS);
	/* Old kernels cannot tell. */
	if (result && errno == EOPNOTSUPP)
		result = 0;
	xengnttab_dmabuf_event_clear(&event);
	return result;
}

static int send_picture(xengnttab_dmabuf_stream *stream)
{
	const struct xengnttab_dmabuf_content content = {
		.size = sizeof(content), .length = PICTURE_SIZE,
		.width = WIDTH, .height = HEIGHT, .strides = { STRIDE }, .fourcc = XRGB8888,
		.name = "example",
	};
	int dmabuf = heap_alloc(), result;
	uint64_t number;

	if (dmabuf < 0 || draw(dmabuf))
		return -1;
	result = xengnttab_dmabuf_stream_send(stream, dmabuf, 0, &content, &number);
	close(dmabuf);
	return result ? -1 : wait_for_release(stream);
}

int main(int argc, char **argv)
{
	int domid = argc == 2 ? atoi(argv[1]) : -1, result = -1;
	xengnttab_dmabuf_stream *stream = NULL;
	xengnttab_handle *xgt;
	struct libxenvchan *vchan;

	if (domid < 0)
		return 2;
	xgt = xengnttab_open(NULL, 0);
	vchan = xgt ? vchan_serve(domid) : NULL;
	if (vchan)
		stream = xengnttab_dmabuf_stream_open_ops(xgt, (uint32_t)domid, NULL, &vchan_ops,
							  vchan);
	if (stream)
		result = send_picture(stream);
	if (result)
		perror("sender");
	xengnttab_dmabuf_stream_close(stream);
	if (vchan)
		libxenvchan_close(vchan);
	if (xgt)
		xengnttab_close(xgt);
	return result ? 1 : 0;
}
