// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Streams: opening, closing, and writing.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stream.h"

/* Answers that the peer may leave unread. They are short. */
#define ANSWERS_MAX	4096U

static int context_fd(void *context)
{
	return (int)(intptr_t)context;
}

static ssize_t fd_read(void *context, void *data, size_t size)
{
	return read(context_fd(context), data, size);
}

/* A socket whose peer is gone must not end the process. */
static ssize_t fd_write(void *context, const void *data, size_t size)
{
	ssize_t done = send(context_fd(context), data, size, MSG_NOSIGNAL);

	if (done >= 0 || errno != ENOTSOCK)
		return done;
	return write(context_fd(context), data, size);
}

int check_struct(const void *structure, size_t size, size_t known)
{
	const uint8_t *bytes = structure;
	size_t i;

	if (size < known)
		return fail(EINVAL);
	for (i = known; i < size; i++)
		if (bytes[i])
			return fail(E2BIG);
	return 0;
}

static void set_limits(xengnttab_dmabuf_stream *stream,
		       const struct xengnttab_dmabuf_limits *limits)
{
	if (!limits)
		return;
	stream->limits = *limits;
	if (stream->limits.max_pages > XENGNTTAB_DMABUF_MAX_PAGES)
		stream->limits.max_pages = XENGNTTAB_DMABUF_MAX_PAGES;
}

xengnttab_dmabuf_stream *
xengnttab_dmabuf_stream_open_ops(xengnttab_handle *xgt, uint32_t domid,
				 const struct xengnttab_dmabuf_limits *limits,
				 const struct xengnttab_dmabuf_stream_ops *ops, void *context)
{
	xengnttab_dmabuf_stream *stream;

	if (check_struct(ops, ops->size, sizeof(*ops)) ||
	    (limits && check_struct(limits, limits->size, sizeof(*limits))))
		return NULL;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return NULL;
	stream->xgt = xgt;
	stream->domid = domid;
	stream->ops = *ops;
	stream->context = context;
	set_limits(stream, limits);
	return stream;
}

xengnttab_dmabuf_stream *xengnttab_dmabuf_stream_open(xengnttab_handle *xgt, uint32_t domid,
						      const struct xengnttab_dmabuf_limits *limits,
						      int fd)
{
	static const struct xengnttab_dmabuf_stream_ops ops = {
		.size = sizeof(ops),
		.read = fd_read,
		.write = fd_write,
	};

	return xengnttab_dmabuf_stream_open_ops(xgt, domid, limits, &ops,
						(void *)(intptr_t)fd);
}

void xengnttab_dmabuf_stream_set_cache(xengnttab_dmabuf_stream *stream,
				       xengnttab_dmabuf_cache *cache)
{
	stream->cache = cache;
}

struct received *received_find(xengnttab_dmabuf_stream *stream, uint64_t number)
{
	struct received *received = stream->received;

	while (received && received->number != number)
		received = received->next;
	return received;
}

struct sent *sent_find(xengnttab_dmabuf_stream *stream, uint64_t number)
{
	struct sent *sent = stream->sent;

	while (sent && sent->message.number != number)
		sent = sent->next;
	return sent;
}

void received_forget(xengnttab_dmabuf_stream *stream, struct received *received)
{
	struct received **at = &stream->received;

	while (*at != received)
		at = &(*at)->next;
	*at = received->next;
	stream->buffers--;
	stream->pages -= xengnttab_dmabuf_count(received->buffer);
	xengnttab_dmabuf_free(received->buffer);
	free(received);
}

void sent_forget(xengnttab_dmabuf_stream *stream, struct sent *sent)
{
	struct sent **at = &stream->sent;

	while (*at != sent)
		at = &(*at)->next;
	*at = sent->next;
	if (sent->buffer)
		xengnttab_dmabuf_revoke(sent->buffer);
	xengnttab_dmabuf_free(sent->buffer);
	free(sent->refs);
	free(sent);
}

void xengnttab_dmabuf_stream_close(xengnttab_dmabuf_stream *stream)
{
	if (!stream)
		return;
	while (stream->received)
		received_forget(stream, stream->received);
	while (stream->sent)
		sent_forget(stream, stream->sent);
	free(stream->output.bytes);
	free(stream->input.bytes);
	free(stream);
}

int stream_break(xengnttab_dmabuf_stream *stream, int error)
{
	if (!stream->error)
		stream->error = error;
	return fail(stream->error);
}

static void output_reset(struct output *output)
{
	free(output->bytes);
	*output = (struct output){ 0 };
}

/*
 * Nothing can be written any more. The peer may have written its last messages before it closed
 * its end, so receiving goes on.
 */
static int end_output(xengnttab_dmabuf_stream *stream, int error)
{
	output_reset(&stream->output);
	stream->write_error = error;
	return fail(error);
}

/* A write of nothing is no progress, so it counts as an error. */
static int write_some(xengnttab_dmabuf_stream *stream)
{
	struct output *output = &stream->output;
	ssize_t done;

	done = stream->ops.write(stream->context, output->bytes + output->done,
				 output->size - output->done);
	if (done > 0) {
		output->done += (size_t)done;
		return 0;
	}
	if (done < 0 && errno == EINTR)
		return -1;
	if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return fail(EAGAIN);
	return end_output(stream, done < 0 ? errno : EIO);
}

int xengnttab_dmabuf_stream_flush(xengnttab_dmabuf_stream *stream)
{
	if (stream->error || stream->write_error)
		return fail(stream->error ? stream->error : stream->write_error);
	while (stream->output.done < stream->output.size)
		if (write_some(stream))
			return -1;
	output_reset(&stream->output);
	return 0;
}

static int output_add(xengnttab_dmabuf_stream *stream, const struct wire_message *message)
{
	struct output *output = &stream->output;
	uint32_t size = wire_size(message);
	uint8_t *bytes;

	/* Not each time, which would let a slow peer make this expensive. */
	if (output->done > output->size / 2) {
		memmove(output->bytes, output->bytes + output->done, output->size - output->done);
		output->size -= output->done;
		output->done = 0;
	}
	bytes = realloc(output->bytes, output->size + size);
	if (!bytes)
		return -1;
	output->bytes = bytes;
	wire_encode(message, bytes + output->size);
	output->size += size;
	return 0;
}

/* What cannot be written yet is written later. */
static int flush_if_possible(xengnttab_dmabuf_stream *stream)
{
	if (!xengnttab_dmabuf_stream_flush(stream) || errno == EAGAIN || errno == EINTR)
		return 0;
	return -1;
}

int stream_write(xengnttab_dmabuf_stream *stream, const struct wire_message *message)
{
	if (xengnttab_dmabuf_stream_flush(stream) || output_add(stream, message))
		return -1;
	return flush_if_possible(stream);
}

int stream_answer(xengnttab_dmabuf_stream *stream, enum wire_type type, uint64_t number,
		  int error)
{
	struct wire_message message = {
		.type = type,
		.number = number,
		.error = (uint32_t)error,
	};

	if (flush_if_possible(stream))
		return -1;
	if (stream->output.answers >= ANSWERS_MAX)
		return stream_break(stream, ENOBUFS);
	if (output_add(stream, &message))
		return stream_break(stream, ENOMEM);
	stream->output.answers++;
	return flush_if_possible(stream);
}
