// SPDX-License-Identifier: LGPL-2.1-only
/*
 * What the kernel can do.
 */
#include "kernel.h"
#include "private.h"

int xengnttab_dmabuf_capabilities(xengnttab_handle *xgt, uint32_t *caps)
{
	int gntdev = xengnttab_fd(xgt);
	uint32_t old;

	if (kernel_capabilities(gntdev, caps) || old_capabilities(gntdev, &old))
		return -1;
	/* The old ioctls count only where there is nothing newer. */
	if (*caps & XENGNTTAB_DMABUF_CAP_EXPORT)
		old &= ~XENGNTTAB_DMABUF_CAP_OLD_EXPORT;
	if (*caps & XENGNTTAB_DMABUF_CAP_IMPORT)
		old &= ~XENGNTTAB_DMABUF_CAP_OLD_IMPORT;
	*caps |= old;
	return 0;
}
