/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The library is compiled with -fvisibility=hidden. What the public headers declare is visible. (In
 * Xen's tree there is no such file: the version script alone tells what is visible.)
 */
#ifndef PUBLIC_H
#define PUBLIC_H

#pragma GCC visibility push(default)
#include <xengnttab_dmabuf.h>
#include <xengnttab_dmabuf_cache.h>
#include <xengnttab_dmabuf_stream.h>
#pragma GCC visibility pop

#endif /* PUBLIC_H */
