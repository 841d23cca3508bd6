/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Sending dma-bufs to another domain over a byte stream that the two have: a socket, a vchan.
 * Each side opens a stream on its end. Either side can send.
 *
 *   sender                              receiver
 *   send(dmabuf)     BUFFER ----------> receive(): EVENT_BUFFER, a descriptor
 *                                       ... uses it, closes the descriptor
 *   EVENT_RELEASED   <-------- RELEASED release()
 *
 * and with a cache at the receiver (xengnttab_dmabuf_stream_set_cache()), which keeps the buffer
 * mapped between two uses:
 *
 *   EVENT_DONE       <------------ DONE release()
 *   resend()         BUFFER ----------> EVENT_BUFFER, no mapping, no unmapping
 *   withdraw()       WITHDRAW --------> EVENT_WITHDRAW
 *   EVENT_RELEASED   <-------- RELEASED release()
 *
 * The format of the messages is in the file PROTOCOL. A message carries references, not memory,
 * so it is only of use in the domain that the references were granted to.
 *
 * Trust: nothing that the peer sends is trusted. A receiver states what it accepts, see struct
 * xengnttab_dmabuf_limits. A message that breaks the rules ends the stream with an error, and what
 * was received of it is freed. The peer's domain is an argument of the program's, never a part of a
 * message. The peer can always write to the memory of a buffer, also while it is read, and its
 * word that a buffer is released is only its word: whether its memory can be reused is told by
 * xengnttab_dmabuf_wait(). A blocking stream waits for a peer that does not read or write; a
 * program that serves others meanwhile uses a non-blocking one, and receives a limited number of
 * messages before it looks after the others.
 *
 * Threads: one thread at a time can use a stream. Different streams are independent.
 */
#ifndef XENGNTTAB_DMABUF_STREAM_H
#define XENGNTTAB_DMABUF_STREAM_H

#include <sys/types.h>

#include <xengnttab_dmabuf.h>
#include <xengnttab_dmabuf_cache.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct xengnttab_dmabuf_stream xengnttab_dmabuf_stream;

/*
 * How to read from and write to a stream that is not one descriptor. Results as of read(2) and
 * write(2): the number of bytes, which may be fewer than asked for; 0 from read at the end of the
 * stream; -1 with errno set, EAGAIN if it would have to wait and does not.
 *
 * size     sizeof(struct xengnttab_dmabuf_stream_ops)
 */
struct xengnttab_dmabuf_stream_ops {
	size_t size;
	ssize_t (*read)(void *context, void *data, size_t size);
	ssize_t (*write)(void *context, const void *data, size_t size);
};

/*
 * What a side accepts from its peer. All of it is at a time, over the life of the stream the peer
 * can send any number of buffers. A buffer counts from its arrival to its release, also while the
 * cache keeps it.
 *
 * size             sizeof(struct xengnttab_dmabuf_limits)
 * max_buffers      number of buffers
 * max_pages        pages of one buffer
 * max_total_pages  pages of all buffers
 */
struct xengnttab_dmabuf_limits {
	uint32_t size;
	uint32_t max_buffers;
	uint32_t max_pages;
	uint32_t max_total_pages;
};

/**
 * @param domid the domain at the other end
 * @param limits what to accept; NULL: no buffers, for a program that only sends
 * @param fd an open descriptor, which is read from and written to. It remains the caller's, and
 *           must stay open until the stream is closed. It may be non-blocking. (For two pipes, use
 *           xengnttab_dmabuf_stream_open_ops(), and ignore SIGPIPE)
 * @return a stream, to be closed before @xgt; NULL with errno set:
 *         EINVAL a size is too small
 *         E2BIG a structure has members that this library does not know, and they are not 0
 */
xengnttab_dmabuf_stream *xengnttab_dmabuf_stream_open(xengnttab_handle *xgt, uint32_t domid,
						      const struct xengnttab_dmabuf_limits *limits,
						      int fd);

/* The same with functions that read and write. @ops can be freed, @context is passed to them. */
xengnttab_dmabuf_stream *
xengnttab_dmabuf_stream_open_ops(xengnttab_handle *xgt, uint32_t domid,
				 const struct xengnttab_dmabuf_limits *limits,
				 const struct xengnttab_dmabuf_stream_ops *ops, void *context);

/*
 * Keep received buffers in this cache, which must outlive the stream. It can serve several streams.
 * To be called before the first message is received.
 *
 * Two streams from the same domain that pass the same references get the same buffer, which is
 * released when both are finished with it. So give xengnttab_dmabuf_stream_release() a time limit.
 * On one stream such a buffer is refused (EEXIST).
 */
void xengnttab_dmabuf_stream_set_cache(xengnttab_dmabuf_stream *stream,
				       xengnttab_dmabuf_cache *cache);

/*
 * Close a stream. Sends nothing. Buffers that were sent with xengnttab_dmabuf_stream_send() are
 * revoked: the peer keeps what it has mapped, and each reference ends when it is unmapped. Buffers
 * that were received live as long as the program has descriptors or mappings of them, or the cache
 * keeps them; xengnttab_dmabuf_cache_flush_domain() ends the latter. @stream can be NULL.
 *
 * A peer that has not released a sent buffer keeps its memory in use. The program can wait for that
 * with the handle of xengnttab_dmabuf_stream_sent(), which it asks for before.
 */
void xengnttab_dmabuf_stream_close(xengnttab_dmabuf_stream *stream);

/* The longest name of a buffer, in bytes, with the 0 at its end. */
#define XENGNTTAB_DMABUF_NAME_SIZE	64

/* The most planes of a picture. */
#define XENGNTTAB_DMABUF_PLANES		4

/*
 * What a buffer holds. Data that is not a picture has only offset, length and name.
 *
 * size      sizeof(struct xengnttab_dmabuf_content)
 * fourcc    format of the pixels, DRM_FORMAT_* of drm_fourcc.h; 0: not a picture
 * offset    where in the first page the data begins; below XENGNTTAB_DMABUF_PAGE_SIZE
 * length    of the data in bytes
 * width, height    in pixels
 * modifier  layout of the pixels, DRM_FORMAT_MOD_* of drm_fourcc.h
 * strides   of each plane: bytes from one line to the next. 0 for planes that the format does not
 *           have
 * offsets   of each plane: its first byte, counted from the first byte of the data
 * name      a text for people, without control characters. It need not be valid UTF-8
 *
 * In what is received, the lines of the first plane (height of them), and one line of each other
 * plane, are within the data. A program that reads more has to check: that its format has so many
 * planes, that a line is as long as the width says, and how many lines the other planes have.
 */
struct xengnttab_dmabuf_content {
	uint32_t size;
	uint32_t fourcc;
	uint64_t offset;
	uint64_t length;
	uint32_t width;
	uint32_t height;
	uint64_t modifier;
	uint32_t strides[XENGNTTAB_DMABUF_PLANES];
	uint32_t offsets[XENGNTTAB_DMABUF_PLANES];
	char name[XENGNTTAB_DMABUF_NAME_SIZE];
};

/**
 * Grant the peer access to a dma-buf, and send it. The library imports the dma-buf, and revokes the
 * import when the peer says that it has released the buffer, or when the stream is closed.
 *
 * @param dmabuf remains the caller's, which can close it
 * @param flags 0 or XENGNTTAB_DMABUF_IMPORT_READONLY
 * @param content offset and length are those of the data in the dma-buf, any offset, and length 0
 *                for the rest. NULL: all of the dma-buf, which is not a picture
 * @param number result: the number of the buffer on this stream, never 0
 * @return 0, or -1 with errno set. Then nothing was sent, and the stream can still be used if
 *         errno is one of xengnttab_dmabuf_import(), or
 *         EINVAL the content contradicts itself or the dma-buf
 *         E2BIG the content has members that this library does not know, and they are not 0
 *         EAGAIN, EINTR a message before this one is not written yet, see
 *         xengnttab_dmabuf_stream_flush()
 */
int xengnttab_dmabuf_stream_send(xengnttab_dmabuf_stream *stream, int dmabuf, uint32_t flags,
				 const struct xengnttab_dmabuf_content *content, uint64_t *number);

/**
 * The same for memory that the program has granted by itself, as with xengntshr_share_pages(). The
 * library copies the references, and leaves it to the program to end the grants.
 *
 * @param content offset is below XENGNTTAB_DMABUF_PAGE_SIZE; length 0: the rest of the pages
 */
int xengnttab_dmabuf_stream_send_refs(xengnttab_dmabuf_stream *stream, uint32_t count,
				      const uint32_t *refs, uint32_t flags,
				      const struct xengnttab_dmabuf_content *content,
				      uint64_t *number);

/**
 * The import that xengnttab_dmabuf_stream_send() has made, to query, revoke or wait for it at any
 * time, also when the stream is closed. EVENT_RELEASED gives the same handle.
 *
 * @return a reference, which the caller frees; NULL with errno EINVAL: there is no such buffer (any
 *         more), or the program has granted it by itself
 */
xengnttab_dmabuf *xengnttab_dmabuf_stream_sent(xengnttab_dmabuf_stream *stream, uint64_t number);

/*
 * Send a buffer again that the peer is done with. -1 with errno EINVAL if it is not; EAGAIN and
 * EINTR as of xengnttab_dmabuf_stream_send(); or what writing gave.
 */
int xengnttab_dmabuf_stream_resend(xengnttab_dmabuf_stream *stream, uint64_t number);

/* Ask the peer to release a buffer. -1 with errno EINVAL if there is none, and as above. */
int xengnttab_dmabuf_stream_withdraw(xengnttab_dmabuf_stream *stream, uint64_t number);

/* The values of xengnttab_dmabuf_event.type. */
enum xengnttab_dmabuf_event_type {
	/*
	 * The peer sent a buffer: number, flags, content, buffer, fd. The program answers by
	 * xengnttab_dmabuf_stream_release(). READONLY in flags: it can only be read.
	 */
	XENGNTTAB_DMABUF_EVENT_BUFFER = 1,
	/* The peer is done with a buffer of ours, and keeps it mapped: number. */
	XENGNTTAB_DMABUF_EVENT_DONE = 2,
	/*
	 * The peer wants a buffer of its own released: number, buffer. The program calls
	 * xengnttab_dmabuf_stream_release(), even if it did so after EVENT_BUFFER. (The number can
	 * be one that is not known any more; then buffer is NULL.)
	 */
	XENGNTTAB_DMABUF_EVENT_WITHDRAW = 3,
	/*
	 * The peer says that it has released a buffer of ours: number, error. If error is not 0,
	 * the peer could not or would not map it. The number is forgotten. If
	 * xengnttab_dmabuf_stream_send() made an import, that is revoked, and buffer is its handle:
	 * xengnttab_dmabuf_wait() tells when the peer really has no access.
	 */
	XENGNTTAB_DMABUF_EVENT_RELEASED = 4,
	/*
	 * The peer sent a buffer that could not be mapped, or is above a limit (EDQUOT): number,
	 * error. The library has answered.
	 */
	XENGNTTAB_DMABUF_EVENT_REFUSED = 5,
};

/*
 * What has been received. The program owns buffer and fd if they are set, and has to free and close
 * them; xengnttab_dmabuf_event_clear() does both. Later versions of the library may add members at
 * the end.
 *
 * size     in: sizeof(struct xengnttab_dmabuf_event)
 * type     enum xengnttab_dmabuf_event_type
 * number   the buffer, as its sender has numbered it
 * flags    XENGNTTAB_DMABUF_EXPORT_READONLY, or 0
 * error    a number of errno.h
 * fd       the dma-buf, else -1
 * buffer   the handle, else NULL
 * content  what the buffer holds
 */
struct xengnttab_dmabuf_event {
	uint32_t size;
	uint32_t type;
	uint64_t number;
	uint32_t flags;
	int32_t error;
	xengnttab_dmabuf *buffer;
	int fd;
	struct xengnttab_dmabuf_content content;
};

/**
 * Receive one message, and map the buffer if it is one. With a non-blocking stream, call this when
 * it is readable, until errno is EAGAIN; parts of a message are kept.
 *
 * If the peer has closed its end for what we write, its last messages can still be received.
 *
 * @return 1: @event is filled; 0: the peer has closed the stream, between two messages; -1 with
 *         errno set:
 *         EAGAIN, EINTR call again later
 *         EINVAL event->size is too small
 *         all others end the stream:
 *         EPROTO the message breaks the rules
 *         EPROTONOSUPPORT it is of another version of the protocol
 *         EMSGSIZE it is longer than the limits allow
 *         ECONNRESET the stream ended inside of a message
 *         ENOBUFS the peer does not read the answers
 *         ETIMEDOUT a buffer that was refused when it came again is still in use
 *         or what reading gave
 */
int xengnttab_dmabuf_stream_receive(xengnttab_dmabuf_stream *stream,
				    struct xengnttab_dmabuf_event *event);

/**
 * Release a received buffer, and tell the peer. The program has closed its descriptors and mappings
 * of it before. Without a cache, or after EVENT_WITHDRAW, this waits until the buffer is released.
 * With a cache it does not wait for that. The time limit does not count what writing to a blocking
 * stream takes.
 *
 * A program that must not wait passes 0, and if errno is ETIMEDOUT calls again when
 * xengnttab_dmabuf_eventfd() of the event's handle is readable.
 *
 * @param timeout_ms as of xengnttab_dmabuf_wait()
 * @return 0, also if there is no such buffer (any more), or -1 with errno set:
 *         ETIMEDOUT, EINTR it is not released yet; call again
 *         or what writing gave, see xengnttab_dmabuf_stream_flush()
 */
int xengnttab_dmabuf_stream_release(xengnttab_dmabuf_stream *stream, uint64_t number,
				    int timeout_ms);

/**
 * Write what is left of earlier messages. With a blocking stream something is left only if a signal
 * was caught; the next call on the stream writes it. With a non-blocking one, call this when it is
 * writable as long as the result is -1 with errno EAGAIN.
 *
 * @return 0: everything is written; -1 with errno set: EAGAIN, EINTR call again; any other ends the
 *         writing, and the peer's last messages can still be received
 */
int xengnttab_dmabuf_stream_flush(xengnttab_dmabuf_stream *stream);

/* Closes the descriptor and frees the handle of an event, if it has them. */
void xengnttab_dmabuf_event_clear(struct xengnttab_dmabuf_event *event);

#ifdef __cplusplus
}
#endif

#endif /* XENGNTTAB_DMABUF_STREAM_H */
