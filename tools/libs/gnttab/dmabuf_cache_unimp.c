/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The cache of dma-bufs on systems that have no dma-bufs.
 */
#include <errno.h>
#include <stddef.h>

#include <xengnttab_dmabuf_cache.h>

xengnttab_dmabuf_cache *xengnttab_dmabuf_cache_open(xengnttab_handle *xgt,
                                                    uint32_t max_pages,
                                                    uint32_t idle_ms)
{
    errno = EOPNOTSUPP;
    return NULL;
}

void xengnttab_dmabuf_cache_close(xengnttab_dmabuf_cache *cache)
{
}

xengnttab_dmabuf *xengnttab_dmabuf_cache_get(xengnttab_dmabuf_cache *cache,
                                             uint32_t domid, uint32_t flags,
                                             uint32_t count,
                                             const uint32_t *refs,
                                             int16_t *status, int *fd)
{
    *fd = -1;
    errno = EOPNOTSUPP;
    return NULL;
}

void xengnttab_dmabuf_cache_flush(xengnttab_dmabuf_cache *cache,
                                  xengnttab_dmabuf *buffer)
{
}

void xengnttab_dmabuf_cache_flush_domain(xengnttab_dmabuf_cache *cache,
                                         uint32_t domid)
{
}

void xengnttab_dmabuf_cache_flush_all(xengnttab_dmabuf_cache *cache)
{
}

int xengnttab_dmabuf_cache_expire(xengnttab_dmabuf_cache *cache)
{
    return -1;
}

uint32_t xengnttab_dmabuf_cache_pages(xengnttab_dmabuf_cache *cache)
{
    return 0;
}
