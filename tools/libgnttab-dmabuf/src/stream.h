/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A stream, as the files that send and receive see it.
 */
#ifndef STREAM_H
#define STREAM_H

#include "private.h"
#include "wire.h"

#include <xengnttab_dmabuf_stream.h>

/**
 * struct received - a buffer of the peer's
 * @buffer: the export. The stream owns one reference on it
 * @is_idle: DONE was sent; the cache may keep it
 * @is_withdrawn: WITHDRAW came
 */
struct received {
	struct received *next;
	uint64_t number;
	xengnttab_dmabuf *buffer;
	bool is_idle, is_withdrawn;
};

/**
 * struct sent - a buffer of ours
 * @message: as it was sent
 * @buffer: the import, which the stream owns; NULL if the program made the grants
 * @refs: in that case a copy of the references, else NULL
 * @is_idle: DONE came
 * @is_withdrawn: WITHDRAW was sent
 */
struct sent {
	struct sent *next;
	struct wire_message message;
	xengnttab_dmabuf *buffer;
	uint32_t *refs;
	bool is_idle, is_withdrawn;
};

/* Bytes that are to be written: from @done to @size. There are @answers in them. */
struct output {
	uint8_t *bytes;
	size_t size, done;
	unsigned int answers;
};

/* A message that is being read. @bytes is NULL before the header is complete. */
struct input {
	uint8_t header[WIRE_HEADER_SIZE];
	uint8_t *bytes;
	uint32_t size, done;
};

/**
 * struct xengnttab_dmabuf_stream - one end of a stream
 * @error: the errno that has ended it, else 0
 * @write_error: the errno that has ended its writing, else 0
 * @received: buffers of the peer, @buffers of them with @pages pages
 * @sent: buffers of ours
 * @last_number: the last one that was given to a buffer of ours
 */
struct xengnttab_dmabuf_stream {
	xengnttab_handle *xgt;
	uint32_t domid;
	struct xengnttab_dmabuf_limits limits;
	struct xengnttab_dmabuf_stream_ops ops;
	void *context;
	xengnttab_dmabuf_cache *cache;

	int error, write_error;
	struct output output;
	struct input input;

	struct received *received;
	uint32_t buffers;
	uint64_t pages;
	struct sent *sent;
	uint64_t last_number;
};

/*
 * Checks a structure of the caller's that begins with its size, of which this library knows so many
 * bytes. -1 with errno EINVAL or E2BIG.
 */
int check_struct(const void *structure, size_t size, size_t known);

/* Ends the stream with an error, and fails. */
int stream_break(xengnttab_dmabuf_stream *stream, int error);

/*
 * Queues a message and writes what can be written. -1 with errno EAGAIN or EINTR, and nothing is
 * queued, if there are messages that wait.
 */
int stream_write(xengnttab_dmabuf_stream *stream, const struct wire_message *message);

/* The same for answers, which are short: they wait behind others, up to a limit. */
int stream_answer(xengnttab_dmabuf_stream *stream, enum wire_type type, uint64_t number,
		  int error);

/* Takes a buffer off its list and frees what the stream has of it. */
void received_forget(xengnttab_dmabuf_stream *stream, struct received *received);
void sent_forget(xengnttab_dmabuf_stream *stream, struct sent *sent);

struct received *received_find(xengnttab_dmabuf_stream *stream, uint64_t number);
struct sent *sent_find(xengnttab_dmabuf_stream *stream, uint64_t number);

#endif /* STREAM_H */
