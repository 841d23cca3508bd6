/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Sending dma-bufs over a stream on systems that have no dma-bufs.
 */
#include <errno.h>
#include <stddef.h>

#include <xengnttab_dmabuf_stream.h>

static int unsupported(void)
{
    errno = EOPNOTSUPP;
    return -1;
}

xengnttab_dmabuf_stream *
xengnttab_dmabuf_stream_open(xengnttab_handle *xgt, uint32_t domid,
                             const struct xengnttab_dmabuf_limits *limits,
                             int fd)
{
    errno = EOPNOTSUPP;
    return NULL;
}

xengnttab_dmabuf_stream *
xengnttab_dmabuf_stream_open_ops(xengnttab_handle *xgt, uint32_t domid,
                                 const struct xengnttab_dmabuf_limits *limits,
                                 const struct xengnttab_dmabuf_stream_ops *ops,
                                 void *context)
{
    errno = EOPNOTSUPP;
    return NULL;
}

void xengnttab_dmabuf_stream_set_cache(xengnttab_dmabuf_stream *stream,
                                       xengnttab_dmabuf_cache *cache)
{
}

void xengnttab_dmabuf_stream_close(xengnttab_dmabuf_stream *stream)
{
}

int xengnttab_dmabuf_stream_send(
    xengnttab_dmabuf_stream *stream, int dmabuf, uint32_t flags,
    const struct xengnttab_dmabuf_content *content, uint64_t *number)
{
    return unsupported();
}

int xengnttab_dmabuf_stream_send_refs(
    xengnttab_dmabuf_stream *stream, uint32_t count, const uint32_t *refs,
    uint32_t flags, const struct xengnttab_dmabuf_content *content,
    uint64_t *number)
{
    return unsupported();
}

xengnttab_dmabuf *xengnttab_dmabuf_stream_sent(xengnttab_dmabuf_stream *stream,
                                               uint64_t number)
{
    errno = EOPNOTSUPP;
    return NULL;
}

int xengnttab_dmabuf_stream_resend(xengnttab_dmabuf_stream *stream,
                                   uint64_t number)
{
    return unsupported();
}

int xengnttab_dmabuf_stream_withdraw(xengnttab_dmabuf_stream *stream,
                                     uint64_t number)
{
    return unsupported();
}

int xengnttab_dmabuf_stream_receive(xengnttab_dmabuf_stream *stream,
                                    struct xengnttab_dmabuf_event *event)
{
    return unsupported();
}

int xengnttab_dmabuf_stream_release(xengnttab_dmabuf_stream *stream,
                                    uint64_t number, int timeout_ms)
{
    return unsupported();
}

int xengnttab_dmabuf_stream_flush(xengnttab_dmabuf_stream *stream)
{
    return unsupported();
}

void xengnttab_dmabuf_event_clear(struct xengnttab_dmabuf_event *event)
{
    event->fd = -1;
    event->buffer = NULL;
}
