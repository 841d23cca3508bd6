/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A vchan between two domains as the byte stream of xengnttab_dmabuf_stream.h.
 */
#ifndef EXAMPLES_VCHAN_H
#define EXAMPLES_VCHAN_H

#include <libxenvchan.h>

#include <xengnttab_dmabuf_stream.h>

/* For xengnttab_dmabuf_stream_open_ops(), with the struct libxenvchan as the context. */
extern const struct xengnttab_dmabuf_stream_ops vchan_ops;

/* The sender is the server: it makes the vchan below its own part of xenstore. */
struct libxenvchan *vchan_serve(int domid);

/* The receiver connects to it. Waits until it is there, for a few seconds. */
struct libxenvchan *vchan_connect(int domid);

#endif /* EXAMPLES_VCHAN_H */
