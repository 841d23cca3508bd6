// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: the ioctls of the first generation, on top of
 * the second.
 *
 * They name a buffer by the number of its file descriptor, even after that has been closed.
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
#include "gntdev-dmabuf-private.h"

#define CONTIGUOUS_FLAGS	(GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT)

static enum gntdev_dmabuf_frames wanted_frames(u32 flags)
{
	return flags & CONTIGUOUS_FLAGS ? GNTDEV_DMABUF_FRAMES_RATHER_RUN :
					  GNTDEV_DMABUF_FRAMES_ANY;
}

/* The older ioctls have only ever returned EINVAL for bad arguments and references. */
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
 * gntdev_dmabuf_compat_export - IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS
 * @ctx: the context of the file
 * @u: the caller's structure
 *
 * Return: 0 or a negative errno
 */
long gntdev_dmabuf_compat_export(struct gntdev_dmabuf_ctx *ctx,
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

	dmabuf = export_old(ctx, &op, u->refs);
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
 * gntdev_dmabuf_compat_wait - IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED
 * @ctx: the context of the file
 * @u: the caller's structure
 *
 * Return: 0 when the buffer is released, -ENOENT if no buffer of that number is in use,
 * -ETIMEDOUT, or -ERESTARTSYS if the task is being killed
 */
long gntdev_dmabuf_compat_wait(struct gntdev_dmabuf_ctx *ctx,
			       struct ioctl_gntdev_dmabuf_exp_wait_released __user *u)
{
	struct ioctl_gntdev_dmabuf_exp_wait_released op;
	struct gntdev_dmabuf_obj *obj;
	int err;

	if (copy_from_user(&op, u, sizeof(op)))
		return -EFAULT;

	obj = gntdev_dmabuf_obj_get_by_old_fd(ctx, op.fd);
	if (!obj)
		return -ENOENT;

	err = gntdev_dmabuf_wait_killable(obj, op.wait_to_ms);
	gntdev_dmabuf_obj_put(obj);
	return err;
}

/* The older ioctls have never looked at how the dma-buf was opened. */
static struct gntdev_dmabuf_import_obj *
import_old(struct gntdev_dmabuf_ctx *ctx, struct dma_buf *dmabuf,
	   const struct ioctl_gntdev_dmabuf_imp_to_refs *op)
{
	struct gntdev_dmabuf_range range = { .count = op->count };
	int err = -EINVAL;

	if (op->domid >= DOMID_FIRST_RESERVED || XEN_PFN_PER_PAGE != 1)
		goto put_dmabuf;
	if (dmabuf->size != (u64)op->count << PAGE_SHIFT)
		goto put_dmabuf;

	err = -EOPNOTSUPP;
	if ((domid_t)op->domid == gntdev_unmappable_domid() ||
	    gntdev_dmabuf_is_export(dmabuf))
		goto put_dmabuf;

	return gntdev_dmabuf_import_create(ctx, dmabuf, op->domid, 0, &range);

put_dmabuf:
	dma_buf_put(dmabuf);
	return ERR_PTR(err);
}

/**
 * gntdev_dmabuf_compat_import - IOCTL_GNTDEV_DMABUF_IMP_TO_REFS
 * @ctx: the context of the file
 * @u: the caller's structure
 *
 * Return: 0 or a negative errno
 */
long gntdev_dmabuf_compat_import(struct gntdev_dmabuf_ctx *ctx,
				 struct ioctl_gntdev_dmabuf_imp_to_refs __user *u)
{
	struct ioctl_gntdev_dmabuf_imp_to_refs op;
	struct gntdev_dmabuf_import_obj *import;
	struct dma_buf *dmabuf;
	int err;

	if (copy_from_user(&op, u, sizeof(op)))
		return -EFAULT;
	if (gntdev_test_page_count(op.count))
		return -EINVAL;

	dmabuf = dma_buf_get(op.fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	import = import_old(ctx, dmabuf, &op);
	if (IS_ERR(import))
		return PTR_ERR(import);

	err = -EFAULT;
	if (copy_to_user(u->refs, import->refs.refs,
			 array_size(op.count, sizeof(*u->refs))))
		goto destroy_import;

	err = gntdev_dmabuf_import_grant(import);
	if (err)
		goto destroy_import;

	import->obj.old_fd = op.fd;
	gntdev_dmabuf_obj_publish(&import->obj);
	gntdev_dmabuf_obj_put(&import->obj);
	return 0;

destroy_import:
	gntdev_dmabuf_import_destroy(import);
	return err;
}

/**
 * gntdev_dmabuf_compat_release - IOCTL_GNTDEV_DMABUF_IMP_RELEASE
 * @ctx: the context of the file
 * @u: the caller's structure
 *
 * Does not wait for the peer. References that it does not use are free again afterwards.
 *
 * Return: 0, or -ENOENT if no import of that number is in use
 */
long gntdev_dmabuf_compat_release(struct gntdev_dmabuf_ctx *ctx,
				  struct ioctl_gntdev_dmabuf_imp_release __user *u)
{
	struct ioctl_gntdev_dmabuf_imp_release op;
	struct gntdev_dmabuf_obj *obj;

	if (copy_from_user(&op, u, sizeof(op)))
		return -EFAULT;

	obj = gntdev_dmabuf_obj_take_by_old_fd(ctx, op.fd);
	if (!obj)
		return -ENOENT;

	gntdev_dmabuf_import_revoke_and_try(obj);
	gntdev_dmabuf_obj_put(obj);
	return 0;
}
