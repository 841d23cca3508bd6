/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A byte stream (vchan) between a sharer and a receiver, which find each other in xenstore:
 *
 *   /local/domain/<sharer>/data/xen-dmabuf/<receiver>/<name>/ring-ref        } see libxenvchan
 *                                                           /event-channel   }
 *                                                           /owner           the process
 *
 * The sharer writes these nodes, and the receiver may only read those of libxenvchan. Only the
 * sharer's domain and Dom0 can write there, so the path tells the receiver which domain it is
 * connected to. The sharer removes the nodes as soon as the receiver is connected, and when it
 * ends.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xengnttab_dmabuf_stream.h>

struct channel;

/*
 * For the sharer: offers a stream to @peer. NULL after a message, with the exit code in @code. A
 * name that a process which has ended used before is taken over.
 */
struct channel *channel_serve(uint32_t peer, const char *name, int *code);

/* For the receiver: waits for such an offer. NULL after a message, with the exit code in @code. */
struct channel *channel_connect(uint32_t peer, const char *name, int64_t deadline, int *code);

void channel_close(struct channel *channel);

/* For xengnttab_dmabuf_stream_open_ops(), with the channel as the context. Never waits. */
extern const struct xengnttab_dmabuf_stream_ops channel_ops;

/* Has the peer connected, and neither closed its side nor been destroyed? */
bool channel_is_connected(struct channel *channel);

/* The usual time for channel_wait() to return. */
#define CHANNEL_LOOK_MS	200

/*
 * Waits until the channel can be read or written, or the peer has gone, but at most @look_ms. Only
 * Dom0 notices that the peer's domain is destroyed.
 * 0, or -1 with errno ETIMEDOUT (the deadline has passed) or EINTR (a signal to end was caught).
 */
int channel_wait(struct channel *channel, int64_t deadline, int look_ms);

#endif /* CHANNEL_H */
