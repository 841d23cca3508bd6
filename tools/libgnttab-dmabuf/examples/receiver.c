// SPDX-License-Identifier: LGPL-2.1-only
/*
 * usage: receiver DOMID
 *
 * Receives buffers from a domain in poll(2), prints what they are, and releases each when the
 * kernel has. It never waits anywhere else.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "picture.h"
#include "vchan.h"

#define MAX_BUFFERS	8

/* Buffers that are used no more here and not released yet. The handles are ours. */
static struct {
	uint64_t number;
	xengnttab_dmabuf *buffer;
} pending[MAX_BUFFERS];

static unsigned int pending_count;

static int show(const struct xengnttab_dmabuf_event *event)
{
	const struct xengnttab_dmabuf_content *content = &event->content;
	size_t size = content->offset + content->length;
	char *memory = mmap(NULL, size, PROT_READ, MAP_SHARED, event->fd, 0);

	if (memory == MAP_FAILED)
		return -1;
	printf("%s: %ux%u, %u pages\n", content->name, content->width, content->height,
	       xengnttab_dmabuf_count(event->buffer));
	printf("sum %08x\n", picture_sum(memory + content->offset, content->length));
	return munmap(memory, size);
}

/* The handle outlives the event: the eventfd belongs to it. */
static void on_event(const struct xengnttab_dmabuf_event *event)
{
	if (event->type != XENGNTTAB_DMABUF_EVENT_BUFFER)
		return;
	if (show(event))
		perror("receiver: mmap");
	pending[pending_count].number = event->number;
	pending[pending_count++].buffer = xengnttab_dmabuf_ref(event->buffer);
}

static int release(xengnttab_dmabuf_stream *stream)
{
	unsigned int i = 0;

	while (i < pending_count) {
		if (!xengnttab_dmabuf_stream_release(stream, pending[i].number, 0)) {
			xengnttab_dmabuf_free(pending[i].buffer);
			pending[i] = pending[--pending_count];
		} else if (errno == ETIMEDOUT) {
			i++;
		} else {
			return -1;
		}
	}
	return 0;
}

/* Returns 1 when there is no more to read, 0 at the end of the stream, -1 on errors. */
static int receive(xengnttab_dmabuf_stream *stream)
{
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };
	int result;

	while ((result = xengnttab_dmabuf_stream_receive(stream, &event)) == 1) {
		on_event(&event);
		xengnttab_dmabuf_event_clear(&event);
	}
	return result < 0 && errno == EAGAIN ? 1 : result;
}

/* Waits for the stream, and for the release of every pending buffer. */
static int wait_for_events(struct libxenvchan *vchan)
{
	struct pollfd fds[1 + MAX_BUFFERS] = {
		{ .fd = libxenvchan_fd_for_select(vchan), .events = POLLIN },
	};
	unsigned int i;

	for (i = 0; i < pending_count; i++) {
		fds[1 + i].fd = xengnttab_dmabuf_eventfd(pending[i].buffer);
		fds[1 + i].events = POLLIN;
	}
	if (poll(fds, 1 + pending_count, -1) < 0)
		return -1;
	return fds[0].revents ? libxenvchan_wait(vchan) : 0;
}

static int serve(struct libxenvchan *vchan, xengnttab_dmabuf_stream *stream)
{
	int result;

	vchan->blocking = 0;
	do {
		result = receive(stream);
		if (release(stream))
			return -1;
	} while (result == 1 && !wait_for_events(vchan));
	return result;
}

int main(int argc, char **argv)
{
	const struct xengnttab_dmabuf_limits limits = {
		.size = sizeof(limits),
		.max_buffers = MAX_BUFFERS, .max_pages = 8192, .max_total_pages = 16384,
	};
	int domid = argc == 2 ? atoi(argv[1]) : -1, result = -1;
	xengnttab_dmabuf_stream *stream = NULL;
	struct libxenvchan *vchan;
	xengnttab_handle *xgt;

	if (domid < 0)
		return 2;
	xgt = xengnttab_open(NULL, 0);
	vchan = xgt ? vchan_connect(domid) : NULL;
	if (vchan)
		stream = xengnttab_dmabuf_stream_open_ops(xgt, (uint32_t)domid, &limits,
							  &vchan_ops, vchan);
	if (stream)
		result = serve(vchan, stream);
	if (result)
		perror("receiver");
	while (pending_count)
		xengnttab_dmabuf_free(pending[--pending_count].buffer);
	xengnttab_dmabuf_stream_close(stream);
	if (vchan)
		libxenvchan_close(vchan);
	if (xgt)
		xengnttab_close(xgt);
	return result ? 1 : 0;
}
