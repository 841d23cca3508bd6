// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Streams: sending buffers.
 */
#include <stdlib.h>
#include <string.h>

#include "stream.h"

#define PAGE_SIZE	((uint64_t)XENGNTTAB_DMABUF_PAGE_SIZE)

static void set_content(struct wire_message *message,
			const struct xengnttab_dmabuf_content *content)
{
	message->width = content->width;
	message->height = content->height;
	message->fourcc = content->fourcc;
	message->modifier = content->modifier;
	memcpy(message->strides, content->strides, sizeof(message->strides));
	memcpy(message->offsets, content->offsets, sizeof(message->offsets));
	memcpy(message->name, content->name, sizeof(message->name));
}

static void set_memory(struct wire_message *message, uint32_t count, const uint32_t *refs,
		       uint64_t offset, uint64_t length)
{
	message->count = count;
	message->refs = refs;
	message->offset = offset;
	message->length = length;
	/* If the offset is beyond the first page the message is invalid in any case. */
	if (!length && offset < PAGE_SIZE)
		message->length = count * PAGE_SIZE - offset;
}

static struct sent *sent_new(const struct xengnttab_dmabuf_content *content, uint32_t flags)
{
	struct sent *sent = calloc(1, sizeof(*sent));

	if (!sent)
		return NULL;
	sent->message.type = WIRE_BUFFER;
	if (flags & XENGNTTAB_DMABUF_IMPORT_READONLY)
		sent->message.flags = WIRE_FLAG_READONLY;
	set_content(&sent->message, content);
	return sent;
}

/*
 * Sends a buffer that is on the list, and takes it off if that fails. Then the message was not
 * queued, or the stream has ended.
 */
static int send_first(xengnttab_dmabuf_stream *stream, struct sent *sent, uint64_t *number)
{
	int error = EINVAL;

	sent->message.number = stream->last_number + 1;
	if (wire_is_valid(&sent->message)) {
		if (!stream_write(stream, &sent->message)) {
			*number = ++stream->last_number;
			return 0;
		}
		error = errno;
	}
	sent_forget(stream, sent);
	return fail(error);
}

static void sent_add(xengnttab_dmabuf_stream *stream, struct sent *sent)
{
	sent->next = stream->sent;
	stream->sent = sent;
}

static const struct xengnttab_dmabuf_content no_content = { .size = sizeof(no_content) };

int xengnttab_dmabuf_stream_send(xengnttab_dmabuf_stream *stream, int dmabuf, uint32_t flags,
				 const struct xengnttab_dmabuf_content *content, uint64_t *number)
{
	xengnttab_dmabuf *buffer;
	struct sent *sent;

	/* Before the import, which is expensive. */
	if (xengnttab_dmabuf_stream_flush(stream))
		return -1;
	if (!content)
		content = &no_content;
	if (check_struct(content, content->size, sizeof(*content)))
		return -1;
	sent = sent_new(content, flags);
	if (!sent)
		return -1;
	buffer = xengnttab_dmabuf_import(stream->xgt, stream->domid, dmabuf, flags,
					 content->offset, content->length);
	if (!buffer) {
		free(sent);
		return -1;
	}
	sent->buffer = buffer;
	set_memory(&sent->message, buffer->count, buffer->refs, buffer->first_offset,
		   content->length);
	sent_add(stream, sent);
	return send_first(stream, sent, number);
}

int xengnttab_dmabuf_stream_send_refs(xengnttab_dmabuf_stream *stream, uint32_t count,
				      const uint32_t *refs, uint32_t flags,
				      const struct xengnttab_dmabuf_content *content,
				      uint64_t *number)
{
	struct sent *sent;

	if (!count || count > XENGNTTAB_DMABUF_MAX_PAGES ||
	    flags & ~XENGNTTAB_DMABUF_IMPORT_READONLY)
		return fail(EINVAL);
	if (!content)
		content = &no_content;
	if (check_struct(content, content->size, sizeof(*content)))
		return -1;
	sent = sent_new(content, flags);
	if (!sent)
		return -1;
	sent->refs = malloc(count * sizeof(refs[0]));
	if (!sent->refs) {
		free(sent);
		return -1;
	}
	memcpy(sent->refs, refs, count * sizeof(refs[0]));
	set_memory(&sent->message, count, sent->refs, content->offset, content->length);
	sent_add(stream, sent);
	return send_first(stream, sent, number);
}

xengnttab_dmabuf *xengnttab_dmabuf_stream_sent(xengnttab_dmabuf_stream *stream, uint64_t number)
{
	struct sent *sent = sent_find(stream, number);

	if (!sent || !sent->buffer) {
		errno = EINVAL;
		return NULL;
	}
	return xengnttab_dmabuf_ref(sent->buffer);
}

int xengnttab_dmabuf_stream_resend(xengnttab_dmabuf_stream *stream, uint64_t number)
{
	struct sent *sent = sent_find(stream, number);

	if (!sent || !sent->is_idle || sent->is_withdrawn)
		return fail(EINVAL);
	if (stream_write(stream, &sent->message))
		return -1;
	sent->is_idle = false;
	return 0;
}

int xengnttab_dmabuf_stream_withdraw(xengnttab_dmabuf_stream *stream, uint64_t number)
{
	struct wire_message message = { .type = WIRE_WITHDRAW, .number = number };
	struct sent *sent = sent_find(stream, number);

	if (!sent)
		return fail(EINVAL);
	if (stream_write(stream, &message))
		return -1;
	sent->is_withdrawn = true;
	return 0;
}
