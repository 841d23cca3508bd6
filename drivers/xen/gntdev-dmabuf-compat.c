// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: the export ioctls of the first generation, on
 * top of the second.
 *
 * They name a buffer by the number that its file descriptor had, even after that has been
 * closed.
 */

#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/uaccess.h>

#include <xen/grant_table.h>
#include <xen/gntdev.h>
#include <xen/page.h>

#include "gntdev-common.h"
#include "gntdev-dmabuf.h"
#include "gntdev-dmabuf-private.h"

#define CONTIGUOUS_FLAGS	(GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT)

static enum gntdev_dmabuf_frames wanted_frames(u32 flags)
{
	return flags & CONTIGUOUS_FLAGS ? GNTDEV_DMABUF_FRAMES_RATHER_RUN :
					  GNTDEV_DMABUF_FRAMES_ANY;
}

/* All that they have ever said about arguments and references that are not right. */
static int old_errno(int err)
{
	switch (err) {
	case -EREMOTEIO:
	case -ENOSPC:
	case -EIO:
		return -EINVAL;
	default:
		return err;
	}
}

static struct dma_buf *
export_old(struct gntdev_dmabuf_ctx *ctx,
	   const struct ioctl_gntdev_dmabuf_exp_from_refs *op, u32 __user *refs)
{
	struct gntdev_dmabuf_export args = {
		.size = sizeof(args),
		.domid = op->domid,
		.count = op->count,
		.refs = (uintptr_t)refs,
	};

	if (gntdev_test_page_count(op->count) || XEN_PFN_PER_PAGE != 1)
		return ERR_PTR(-EINVAL);
	if ((op->flags & CONTIGUOUS_FLAGS) == CONTIGUOUS_FLAGS)
		return ERR_PTR(-EINVAL);
	if (op->domid >= DOMID_FIRST_RESERVED)
		return ERR_PTR(-EINVAL);
	if ((domid_t)op->domid == gntdev_unmappable_domid())
		return ERR_PTR(-EOPNOTSUPP);

	return gntdev_dmabuf_export_refs(ctx, &args, wanted_frames(op->flags));
}

/**
 * gntdev_ioctl_dmabuf_exp_from_refs - IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS
 * @priv: of the file
 * @u: the caller's structure
 *
 * Return: 0 or a negative errno
 */
long gntdev_ioctl_dmabuf_exp_from_refs(struct gntdev_priv *priv,
				       struct ioctl_gntdev_dmabuf_exp_from_refs __user *u)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs op;
	struct gntdev_dmabuf_export_obj *export;
	struct dma_buf *dmabuf;
	int fd, err;

	if (copy_from_user(&op, u, sizeof(op)))
		return -EFAULT;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;

	dmabuf = export_old(priv->dmabuf_ctx, &op, u->refs);
	if (IS_ERR(dmabuf)) {
		err = old_errno(PTR_ERR(dmabuf));
		goto put_fd;
	}

	op.fd = fd;
	if (copy_to_user(u, &op, sizeof(op))) {
		err = -EFAULT;
		goto put_dmabuf;
	}

	export = dmabuf->priv;
	export->obj.old_fd = fd;
	gntdev_dmabuf_obj_publish(&export->obj);
	dma_buf_fd_install(dmabuf, fd);
	return 0;

put_dmabuf:
	dma_buf_put(dmabuf);
put_fd:
	put_unused_fd(fd);
	return err;
}

/**
 * gntdev_ioctl_dmabuf_exp_wait_released - IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED
 * @priv: of the file
 * @u: the caller's structure
 *
 * Return: 0 when the buffer is released, -ENOENT if none by that number is in use,
 * -ETIMEDOUT, or -ERESTARTSYS if the task is being killed
 */
long gntdev_ioctl_dmabuf_exp_wait_released(struct gntdev_priv *priv,
					   struct ioctl_gntdev_dmabuf_exp_wait_released __user *u)
{
	struct ioctl_gntdev_dmabuf_exp_wait_released op;
	struct gntdev_dmabuf_obj *obj;
	int err;

	if (copy_from_user(&op, u, sizeof(op)))
		return -EFAULT;

	obj = gntdev_dmabuf_obj_get_by_old_fd(priv->dmabuf_ctx, op.fd);
	if (!obj)
		return -ENOENT;

	err = gntdev_dmabuf_wait_killable(obj, op.wait_to_ms);
	gntdev_dmabuf_obj_put(obj);
	return err;
}
