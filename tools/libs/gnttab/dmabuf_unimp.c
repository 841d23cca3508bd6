/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Sharing of dma-bufs on systems that have no dma-bufs. There are no handles,
 * so the functions that take one are never called with one.
 */
#include <errno.h>
#include <stddef.h>

#include <xengnttab_dmabuf.h>

int xengnttab_dmabuf_capabilities(xengnttab_handle *xgt, uint32_t *caps)
{
    *caps = 0;
    return 0;
}

xengnttab_dmabuf *xengnttab_dmabuf_export(xengnttab_handle *xgt,
                                          uint32_t domid, uint32_t flags,
                                          uint32_t count, const uint32_t *refs,
                                          int16_t *status, int *fd)
{
    *fd = -1;
    errno = EOPNOTSUPP;
    return NULL;
}

xengnttab_dmabuf *xengnttab_dmabuf_export_runs(
    xengnttab_handle *xgt, uint32_t domid, uint32_t flags, uint32_t nr_runs,
    const struct xengnttab_dmabuf_run *runs, int16_t *status, int *fd)
{
    *fd = -1;
    errno = EOPNOTSUPP;
    return NULL;
}

xengnttab_dmabuf *xengnttab_dmabuf_import(xengnttab_handle *xgt,
                                          uint32_t domid, int fd,
                                          uint32_t flags, uint64_t offset,
                                          uint64_t length)
{
    errno = EOPNOTSUPP;
    return NULL;
}

const uint32_t *xengnttab_dmabuf_refs(const xengnttab_dmabuf *buffer)
{
    errno = EOPNOTSUPP;
    return NULL;
}

uint32_t xengnttab_dmabuf_count(const xengnttab_dmabuf *buffer)
{
    return 0;
}

uint32_t xengnttab_dmabuf_first_offset(const xengnttab_dmabuf *buffer)
{
    return 0;
}

uint32_t xengnttab_dmabuf_domid(const xengnttab_dmabuf *buffer)
{
    return 0;
}

uint64_t xengnttab_dmabuf_id(const xengnttab_dmabuf *buffer)
{
    return 0;
}

int xengnttab_dmabuf_revoke(xengnttab_dmabuf *buffer)
{
    errno = EOPNOTSUPP;
    return -1;
}

int xengnttab_dmabuf_wait(xengnttab_dmabuf *buffer, int timeout_ms)
{
    errno = EOPNOTSUPP;
    return -1;
}

int xengnttab_dmabuf_eventfd(xengnttab_dmabuf *buffer)
{
    errno = EOPNOTSUPP;
    return -1;
}

int xengnttab_dmabuf_query(xengnttab_dmabuf *buffer,
                           struct xengnttab_dmabuf_info *info)
{
    errno = EOPNOTSUPP;
    return -1;
}

xengnttab_dmabuf *xengnttab_dmabuf_ref(xengnttab_dmabuf *buffer)
{
    return buffer;
}

void xengnttab_dmabuf_free(xengnttab_dmabuf *buffer)
{
}
