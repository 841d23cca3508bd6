/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A cache for programs that are handed the same buffers again and again: the queue of a camera, the
 * buffers of a window. The same peer, references and flags give the same dma-buf, without mapping
 * the pages again.
 *
 * That is correct because the owner of a page cannot end a grant that is mapped, so as long as the
 * cache keeps a buffer, its references stand for the same pages. It also means that the owner does
 * not get its pages back before the cache drops them: on demand, after a time without use, or if
 * there is no room. The protocol between the two has to have a message for that.
 *
 * Threads: any number of threads can use the same cache. For errors and old kernels see
 * xengnttab_dmabuf.h.
 */
#ifndef XENGNTTAB_DMABUF_CACHE_H
#define XENGNTTAB_DMABUF_CACHE_H

#include <xengnttab_dmabuf.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct xengnttab_dmabuf_cache xengnttab_dmabuf_cache;

/**
 * @param max_pages the most pages that the cache keeps mapped. Beyond it, what was unused for the
 *                  longest time is dropped. A buffer that is larger is not kept
 * @param idle_ms drop what was not asked for so long, see xengnttab_dmabuf_cache_expire(); 0: never
 * @return a cache, to be closed before @xgt; NULL with errno set
 */
xengnttab_dmabuf_cache *xengnttab_dmabuf_cache_open(xengnttab_handle *xgt, uint32_t max_pages,
						    uint32_t idle_ms);

/* Drops everything. @cache can be NULL. No other thread may use it any more. */
void xengnttab_dmabuf_cache_close(xengnttab_dmabuf_cache *cache);

/**
 * Get the dma-buf of these references: as xengnttab_dmabuf_export(), but the buffer may exist
 * already. Then @status, if it is not NULL, is all 0.
 *
 * The caller owns what it gets: it closes @fd, which is a descriptor of its own of the same
 * dma-buf, and frees the handle, in any order with what the cache does.
 *
 * If the buffer was revoked with xengnttab_dmabuf_revoke(), a new one is made.
 */
xengnttab_dmabuf *xengnttab_dmabuf_cache_get(xengnttab_dmabuf_cache *cache, uint32_t domid,
					     uint32_t flags, uint32_t count, const uint32_t *refs,
					     int16_t *status, int *fd);

/*
 * Drop a buffer, those of a peer, or all. What the caller still has of them stays valid: a buffer
 * is released when the descriptors and mappings of it are closed. Cannot fail; errno is preserved.
 */
void xengnttab_dmabuf_cache_flush(xengnttab_dmabuf_cache *cache, xengnttab_dmabuf *buffer);
void xengnttab_dmabuf_cache_flush_domain(xengnttab_dmabuf_cache *cache, uint32_t domid);
void xengnttab_dmabuf_cache_flush_all(xengnttab_dmabuf_cache *cache);

/**
 * Drop what was not asked for within the time limit. xengnttab_dmabuf_cache_get() does this as
 * well. The library has no thread of its own, so a program with a time limit calls this when it has
 * nothing else to do.
 *
 * @return milliseconds until the next buffer is due, for poll(2); -1: none is
 */
int xengnttab_dmabuf_cache_expire(xengnttab_dmabuf_cache *cache);

/* The number of pages that the cache keeps mapped now. Cannot fail. */
uint32_t xengnttab_dmabuf_cache_pages(xengnttab_dmabuf_cache *cache);

#ifdef __cplusplus
}
#endif

#endif /* XENGNTTAB_DMABUF_CACHE_H */
