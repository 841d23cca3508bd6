/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Names that a variant of libxengnttab has, for programs that were written for it: the functions of
 * libxengnttab for dma-bufs, with an offset of the data in the first page. They name buffers by
 * descriptors, so the rest of libxengnttab works with them: xengnttab_dmabuf_exp_wait_released(),
 * xengnttab_dmabuf_imp_release(). These functions need that library only.
 *
 * gntdev makes dma-bufs of whole pages. Data that does not begin with the first page is the
 * business of the protocol, so an offset other than 0 is refused with EOPNOTSUPP.
 *
 * Programs that are written now should use xengnttab_dmabuf.h.
 */
#ifndef XENGNTTAB_DMABUF_V2_H
#define XENGNTTAB_DMABUF_V2_H

#include <errno.h>
#include <stdint.h>

#include <xengnttab.h>

#ifdef __cplusplus
extern "C" {
#endif

/* @param data_ofs where in the first page the data begins. 0, or the result is -1, EOPNOTSUPP */
static inline int xengnttab_dmabuf_exp_from_refs_v2(xengnttab_handle *xgt, uint32_t domid,
						    uint32_t flags, uint32_t count,
						    const uint32_t *refs, uint32_t *fd,
						    uint32_t data_ofs)
{
	if (data_ofs) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return xengnttab_dmabuf_exp_from_refs(xgt, domid, flags, count, refs, fd);
}

/* @param data_ofs result: where in the first page the data begins, always 0 */
static inline int xengnttab_dmabuf_imp_to_refs_v2(xengnttab_handle *xgt, uint32_t domid,
						  uint32_t fd, uint32_t count, uint32_t *refs,
						  uint32_t *data_ofs)
{
	*data_ofs = 0;
	return xengnttab_dmabuf_imp_to_refs(xgt, domid, fd, count, refs);
}

#ifdef __cplusplus
}
#endif

#endif /* XENGNTTAB_DMABUF_V2_H */
