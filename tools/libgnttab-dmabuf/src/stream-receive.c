// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Streams: receiving messages, and answering.
 *
 * What the peer can cause to be allocated: one message at a time, whose size is limited by
 * max_pages, and max_buffers buffers, also in the cache.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream.h"

/* How long a buffer that is refused may take to be unmapped. */
#define UNMAP_MS	1000

/* Reads up to @size bytes in all; @done are there. 1: complete, 0: the end of the stream. */
static int read_up_to(xengnttab_dmabuf_stream *stream, uint8_t *bytes, uint32_t size,
		      uint32_t *done)
{
	ssize_t more;

	while (*done < size) {
		more = stream->ops.read(stream->context, bytes + *done, size - *done);
		if (more == 0)
			return 0;
		if (more < 0 && errno == EWOULDBLOCK)
			return fail(EAGAIN);
		if (more < 0 && (errno == EAGAIN || errno == EINTR))
			return -1;
		if (more < 0)
			return stream_break(stream, errno);
		*done += (uint32_t)more;
	}
	return 1;
}

static int read_header(xengnttab_dmabuf_stream *stream)
{
	struct input *input = &stream->input;
	int result;

	result = read_up_to(stream, input->header, WIRE_HEADER_SIZE, &input->done);
	if (result < 0)
		return -1;
	if (result == 0)
		return input->done ? stream_break(stream, ECONNRESET) : 0;
	if (wire_decode_header(input->header, stream->limits.max_pages, &input->size))
		return stream_break(stream, errno);
	input->bytes = malloc(input->size);
	if (!input->bytes)
		return stream_break(stream, ENOMEM);
	memcpy(input->bytes, input->header, WIRE_HEADER_SIZE);
	return 1;
}

/* Reads until a message is complete, which is then in stream->input. */
static int read_message(xengnttab_dmabuf_stream *stream)
{
	struct input *input = &stream->input;
	int result;

	if (!input->bytes) {
		result = read_header(stream);
		if (result <= 0)
			return result;
	}
	result = read_up_to(stream, input->bytes, input->size, &input->done);
	return result ? result : stream_break(stream, ECONNRESET);
}

static void input_reset(struct input *input)
{
	free(input->bytes);
	input->bytes = NULL;
	input->done = 0;
}

/* The buffer is not taken: the peer is told, and so is the program. */
static int refuse(xengnttab_dmabuf_stream *stream, int error,
		  struct xengnttab_dmabuf_event *event)
{
	event->type = XENGNTTAB_DMABUF_EVENT_REFUSED;
	event->error = error;
	/* A peer that cannot be told any more may have sent more. */
	if (stream_answer(stream, WIRE_RELEASED, event->number, error) &&
	    (stream->error || !stream->write_error))
		return -1;
	return 1;
}

static xengnttab_dmabuf *map(xengnttab_dmabuf_stream *stream, const struct wire_message *message,
			     int *fd)
{
	uint32_t flags = 0;

	if (message->flags & WIRE_FLAG_READONLY)
		flags = XENGNTTAB_DMABUF_EXPORT_READONLY;
	if (stream->cache)
		return xengnttab_dmabuf_cache_get(stream->cache, stream->domid, flags,
						  message->count, message->refs, NULL, fd);
	return xengnttab_dmabuf_export(stream->xgt, stream->domid, flags, message->count,
				       message->refs, NULL, fd);
}

static void set_content(struct xengnttab_dmabuf_content *content,
			const struct wire_message *message)
{
	content->size = sizeof(*content);
	content->offset = message->offset;
	content->length = message->length;
	content->width = message->width;
	content->height = message->height;
	content->fourcc = message->fourcc;
	content->modifier = message->modifier;
	memcpy(content->strides, message->strides, sizeof(content->strides));
	memcpy(content->offsets, message->offsets, sizeof(content->offsets));
	memcpy(content->name, message->name, sizeof(content->name));
}

static bool is_above_limits(const xengnttab_dmabuf_stream *stream,
			    const struct wire_message *message)
{
	return stream->buffers >= stream->limits.max_buffers ||
	       stream->pages + message->count > stream->limits.max_total_pages;
}

/* With a cache, the same references give the same handle. */
static bool is_received(const xengnttab_dmabuf_stream *stream, const xengnttab_dmabuf *buffer)
{
	const struct received *received = stream->received;

	while (received && received->buffer != buffer)
		received = received->next;
	return received;
}

/*
 * A buffer whose memory another number has already would be released only when both are, for which
 * a program cannot know that it has to wait.
 */
static xengnttab_dmabuf *map_new(xengnttab_dmabuf_stream *stream,
				 const struct wire_message *message, int *fd)
{
	xengnttab_dmabuf *buffer = map(stream, message, fd);

	if (!buffer || !is_received(stream, buffer))
		return buffer;
	close(*fd);
	*fd = -1;
	xengnttab_dmabuf_free(buffer);
	errno = EEXIST;
	return NULL;
}

/* Returns 0, or the errno for which the buffer is refused. */
static int add_buffer(xengnttab_dmabuf_stream *stream, const struct wire_message *message,
		      struct xengnttab_dmabuf_event *event)
{
	struct received *received;
	int error;

	if (is_above_limits(stream, message))
		return EDQUOT;
	received = calloc(1, sizeof(*received));
	if (!received)
		return ENOMEM;
	received->buffer = map_new(stream, message, &event->fd);
	if (!received->buffer) {
		error = errno;
		free(received);
		return error;
	}
	received->number = message->number;
	received->next = stream->received;
	stream->received = received;
	stream->buffers++;
	stream->pages += message->count;
	event->buffer = xengnttab_dmabuf_ref(received->buffer);
	return 0;
}

/*
 * A buffer that the program is done with comes again. If it is refused, or is other memory now,
 * the stream does not count the old memory any more, so the cache must not keep it.
 */
static int add_known(xengnttab_dmabuf_stream *stream, struct received *known,
		     const struct wire_message *message, struct xengnttab_dmabuf_event *event)
{
	xengnttab_dmabuf *old = xengnttab_dmabuf_ref(known->buffer);
	int error;

	received_forget(stream, known);
	error = add_buffer(stream, message, event);
	if (event->buffer != old)
		xengnttab_dmabuf_cache_flush(stream->cache, old);
	/* The answer to a refused buffer says that it is unmapped. */
	if (error && xengnttab_dmabuf_wait(old, UNMAP_MS))
		stream_break(stream, errno == EINTR ? ETIMEDOUT : errno);
	xengnttab_dmabuf_free(old);
	return error;
}

static int on_buffer(xengnttab_dmabuf_stream *stream, const struct wire_message *message,
		     struct xengnttab_dmabuf_event *event)
{
	struct received *known = received_find(stream, message->number);
	int error;

	if (message->count > stream->limits.max_pages)
		return stream_break(stream, EMSGSIZE);
	if (known && (!known->is_idle || known->is_withdrawn))
		return stream_break(stream, EPROTO);
	event->type = XENGNTTAB_DMABUF_EVENT_BUFFER;
	if (message->flags & WIRE_FLAG_READONLY)
		event->flags = XENGNTTAB_DMABUF_EXPORT_READONLY;
	set_content(&event->content, message);
	if (known)
		error = add_known(stream, known, message, event);
	else
		error = add_buffer(stream, message, event);
	return error ? refuse(stream, error, event) : 1;
}

static int on_withdraw(xengnttab_dmabuf_stream *stream, struct xengnttab_dmabuf_event *event)
{
	struct received *received = received_find(stream, event->number);

	event->type = XENGNTTAB_DMABUF_EVENT_WITHDRAW;
	if (received) {
		received->is_withdrawn = true;
		event->buffer = xengnttab_dmabuf_ref(received->buffer);
	}
	return 1;
}

static int on_done(xengnttab_dmabuf_stream *stream, struct xengnttab_dmabuf_event *event)
{
	struct sent *sent = sent_find(stream, event->number);

	if (!sent || sent->is_idle)
		return stream_break(stream, EPROTO);
	sent->is_idle = true;
	event->type = XENGNTTAB_DMABUF_EVENT_DONE;
	return 1;
}

static int on_released(xengnttab_dmabuf_stream *stream, const struct wire_message *message,
		       struct xengnttab_dmabuf_event *event)
{
	struct sent *sent = sent_find(stream, event->number);

	if (!sent)
		return stream_break(stream, EPROTO);
	event->type = XENGNTTAB_DMABUF_EVENT_RELEASED;
	event->error = (int32_t)message->error;
	if (sent->buffer)
		event->buffer = xengnttab_dmabuf_ref(sent->buffer);
	sent_forget(stream, sent);
	return 1;
}

static int handle(xengnttab_dmabuf_stream *stream, const struct wire_message *message,
		  struct xengnttab_dmabuf_event *event)
{
	event->number = message->number;
	switch (message->type) {
	case WIRE_BUFFER:
		return on_buffer(stream, message, event);
	case WIRE_WITHDRAW:
		return on_withdraw(stream, event);
	case WIRE_DONE:
		return on_done(stream, event);
	default:
		return on_released(stream, message, event);
	}
}

int xengnttab_dmabuf_stream_receive(xengnttab_dmabuf_stream *stream,
				    struct xengnttab_dmabuf_event *event)
{
	struct wire_message message;
	uint32_t size = event->size;
	int result;

	if (size < sizeof(*event))
		return fail(EINVAL);
	memset(event, 0, size);
	event->size = size;
	event->fd = -1;
	/* The peer may be waiting for an answer before it sends more. */
	if (xengnttab_dmabuf_stream_flush(stream) && errno != EAGAIN &&
	    (stream->error || !stream->write_error))
		return -1;
	result = read_message(stream);
	if (result <= 0)
		return result;
	if (wire_decode(stream->input.bytes, stream->input.size, &message))
		result = stream_break(stream, errno);
	else
		result = handle(stream, &message, event);
	input_reset(&stream->input);
	return result;
}

int xengnttab_dmabuf_stream_release(xengnttab_dmabuf_stream *stream, uint64_t number,
				    int timeout_ms)
{
	struct received *received = received_find(stream, number);

	if (!received)
		return 0;
	if (stream->cache && !received->is_withdrawn) {
		if (received->is_idle)
			return 0;
		received->is_idle = true;
		return stream_answer(stream, WIRE_DONE, number, 0);
	}
	if (stream->cache)
		xengnttab_dmabuf_cache_flush(stream->cache, received->buffer);
	if (xengnttab_dmabuf_wait(received->buffer, timeout_ms))
		return -1;
	received_forget(stream, received);
	return stream_answer(stream, WIRE_RELEASED, number, 0);
}

void xengnttab_dmabuf_event_clear(struct xengnttab_dmabuf_event *event)
{
	/* An event that was never filled has the descriptor 0. */
	if (event->type == XENGNTTAB_DMABUF_EVENT_BUFFER)
		close_quietly(event->fd);
	xengnttab_dmabuf_free(event->buffer);
	event->fd = -1;
	event->buffer = NULL;
}
