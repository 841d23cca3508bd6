// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: the operations as user space sees them.
 * Arguments are copied and checked here. The other files rely on that.
 */

#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/uaccess.h>

#include <xen/page.h>

#include "gntdev-common.h"
#include "gntdev-dmabuf-private.h"

#define EXPORT_FLAGS \
	(GNTDEV_DMABUF_EXPORT_READONLY | GNTDEV_DMABUF_EXPORT_CONTIGUOUS | \
	 GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE | GNTDEV_DMABUF_EXPORT_REVOCABLE)

/**
 * struct gntdev_dmabuf_call - an operation that is being carried out
 * @ctx: of the file that it is called on
 * @user: the caller's structure
 * @user_size: its size, as the caller knows it
 * @args: the kernel's copy of it, padded with zeros
 */
struct gntdev_dmabuf_call {
	struct gntdev_dmabuf_ctx *ctx;
	void __user *user;
	u32 user_size;
	union {
		struct gntdev_dmabuf_export export;
		struct gntdev_dmabuf_import import;
		struct gntdev_dmabuf_revoke revoke;
		struct gntdev_dmabuf_wait wait;
		struct gntdev_dmabuf_notify notify;
		struct gntdev_dmabuf_query query;
	} args;
};

/* Copy out as much of the results as the caller knows of. */
static int respond(struct gntdev_dmabuf_call *call, size_t size)
{
	return copy_struct_to_user(call->user, call->user_size, &call->args,
				   size, NULL);
}

static int check_export(struct gntdev_dmabuf_export *args)
{
	if (args->flags & ~EXPORT_FLAGS || args->reserved)
		return -EINVAL;
	if (!args->count || args->domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;

	if ((domid_t)args->domid == gntdev_unmappable_domid())
		return -EOPNOTSUPP;

	/* One reference is one page here. */
	if (XEN_PFN_PER_PAGE != 1)
		return -EOPNOTSUPP;

	if (gntdev_test_page_count(args->count))
		return -EDQUOT;

	/* The kernel has to be able to express the size of the dma-buf. */
	if (overflows_type((u64)args->count << PAGE_SHIFT, size_t))
		return -EINVAL;

	return 0;
}

/* The errno for a reference, by the status that Xen gave. */
static int status_to_errno(s16 status)
{
	switch (status) {
	case GNTST_okay:
		return 0;
	case GNTST_no_device_space:
	case GNTST_no_space:
		return -ENOSPC;
	default:
		return -EREMOTEIO;
	}
}

static int first_error(struct gntdev_dmabuf_batch *batch, unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = status_to_errno(batch->status[i]);
	return err;
}

/*
 * Map the references in the caller's array, and write the status of each into the caller's
 * other array.
 *
 * Both arrays are copied one batch at a time, so their length does not decide how much memory
 * is needed. A bad reference does not stop the loop: the caller learns of all bad ones.
 */
static int map_user_refs(struct gntdev_dmabuf_grants *grants,
			 struct gntdev_dmabuf_export *args,
			 struct gntdev_dmabuf_batch *batch)
{
	u32 __user *refs = u64_to_user_ptr(args->refs);
	s16 __user *status = u64_to_user_ptr(args->status);
	unsigned int first, nr;
	int bad_ref = 0;
	int err;

	for (first = 0; first < args->count; first += nr) {
		nr = min(args->count - first, GNTDEV_DMABUF_BATCH);

		if (copy_from_user(batch->refs, refs + first,
				   nr * sizeof(*refs)))
			return -EFAULT;

		err = gntdev_dmabuf_grants_map(grants, first, nr, batch);
		if (err)
			return err;

		if (args->status && copy_to_user(status + first, batch->status,
						 nr * sizeof(*status)))
			return -EFAULT;

		if (!bad_ref)
			bad_ref = first_error(batch, nr);

		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return bad_ref;
}

static int map_export(struct gntdev_dmabuf_export_obj *export,
		      struct gntdev_dmabuf_export *args)
{
	struct gntdev_dmabuf_batch *batch;
	int err;

	static_assert(sizeof(*batch->refs) == sizeof(u32));

	batch = kmalloc_obj(*batch, GFP_KERNEL_ACCOUNT);
	if (!batch)
		return -ENOMEM;

	err = map_user_refs(&export->grants, args, batch);
	kfree(batch);
	return err;
}

/**
 * gntdev_dmabuf_export_refs - make a dma-buf of the references in a caller's array
 * @ctx: the context to make it in
 * @args: arguments of the operation EXPORT, valid ones
 * @frames: what frames will do
 *
 * Return: the dma-buf, not published yet, with one reference, or an ERR_PTR() with the
 * operation's errno
 */
struct dma_buf *
gntdev_dmabuf_export_refs(struct gntdev_dmabuf_ctx *ctx,
			  struct gntdev_dmabuf_export *args,
			  enum gntdev_dmabuf_frames frames)
{
	struct gntdev_dmabuf_export_obj *export;
	struct dma_buf *dmabuf;
	int err;

	export = gntdev_dmabuf_export_create(ctx, args, frames);
	if (IS_ERR(export))
		return ERR_CAST(export);

	err = map_export(export, args);
	if (err) {
		dmabuf = ERR_PTR(err);
		goto destroy_export;
	}

	dmabuf = gntdev_dmabuf_export_wrap(export);
	if (IS_ERR(dmabuf))
		goto destroy_export;

	/* From here on a restore revokes the export. Look for an earlier one. */
	if (gntdev_dmabuf_grants_lost(&export->grants)) {
		dma_buf_put(dmabuf);
		return ERR_PTR(-ENODEV);
	}
	return dmabuf;

destroy_export:
	gntdev_dmabuf_export_destroy(export);
	return dmabuf;
}

static enum gntdev_dmabuf_frames wanted_frames(u32 flags)
{
	return flags & GNTDEV_DMABUF_EXPORT_CONTIGUOUS ? GNTDEV_DMABUF_FRAMES_RUN :
						       GNTDEV_DMABUF_FRAMES_ANY;
}

static int ioctl_export(struct gntdev_dmabuf_call *call)
{
	struct gntdev_dmabuf_export *args = &call->args.export;
	struct gntdev_dmabuf_export_obj *export;
	struct dma_buf *dmabuf;
	int fd, err;

	err = check_export(args);
	if (err)
		return err;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;

	dmabuf = gntdev_dmabuf_export_refs(call->ctx, args,
					   wanted_frames(args->flags));
	if (IS_ERR(dmabuf)) {
		err = PTR_ERR(dmabuf);
		goto put_fd;
	}

	export = dmabuf->priv;
	args->id = export->obj.id;
	args->fd = fd;
	err = respond(call, sizeof(*args));
	if (err)
		goto put_dmabuf;

	/* No step can fail from here on. Others may use the export now, and end it. */
	gntdev_dmabuf_obj_publish(&export->obj);
	dma_buf_fd_install(dmabuf, fd);
	return 0;

put_dmabuf:
	/* The last reference: the export ends with it. */
	dma_buf_put(dmabuf);
put_fd:
	put_unused_fd(fd);
	return err;
}

static int check_import(const struct gntdev_dmabuf_import *args)
{
	if (args->flags & ~GNTDEV_DMABUF_IMPORT_READONLY || args->reserved)
		return -EINVAL;
	if (args->domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;

	if ((domid_t)args->domid == gntdev_unmappable_domid())
		return -EOPNOTSUPP;

	/* One page is one reference here. */
	if (XEN_PFN_PER_PAGE != 1)
		return -EOPNOTSUPP;

	return 0;
}

static int check_source(const struct gntdev_dmabuf_import *args,
			const struct dma_buf *dmabuf)
{
	/* Its pages are another domain's, and not ours to grant. */
	if (gntdev_dmabuf_is_export(dmabuf))
		return -EOPNOTSUPP;

	if (!(args->flags & GNTDEV_DMABUF_IMPORT_READONLY) &&
	    !(dmabuf->file->f_mode & FMODE_WRITE))
		return -EACCES;

	return 0;
}

/* The pages that have a byte between offset and offset + length. */
static int find_range(struct gntdev_dmabuf_import *args, u64 size,
		      struct gntdev_dmabuf_range *range)
{
	u64 length = args->length;

	if (args->offset >= size)
		return -EINVAL;
	if (!length)
		length = size - args->offset;
	if (length > size - args->offset)
		return -EINVAL;

	args->first_offset = offset_in_page(args->offset);
	length = DIV_ROUND_UP_ULL(args->first_offset + length, PAGE_SIZE);
	if (overflows_type(length, range->count))
		return -EINVAL;

	range->first = args->offset >> PAGE_SHIFT;
	range->count = length;
	return 0;
}

/* Copy out all that the caller gets, and only then let the peer have access. */
static int complete_import(struct gntdev_dmabuf_call *call,
			   struct gntdev_dmabuf_import_obj *import)
{
	struct gntdev_dmabuf_import *args = &call->args.import;
	int err;

	args->id = import->obj.id;
	if (copy_to_user(u64_to_user_ptr(args->refs), import->refs.refs,
			 array_size(args->count, sizeof(u32))))
		return -EFAULT;

	err = respond(call, sizeof(*args));
	if (err)
		return err;

	return gntdev_dmabuf_import_grant(import);
}

static int import_dmabuf(struct gntdev_dmabuf_call *call, struct dma_buf *dmabuf,
			 const struct gntdev_dmabuf_range *range)
{
	struct gntdev_dmabuf_import *args = &call->args.import;
	struct gntdev_dmabuf_import_obj *import;
	int err;

	import = gntdev_dmabuf_import_create(call->ctx, dmabuf, args->domid,
					     args->flags, range);
	if (IS_ERR(import))
		return PTR_ERR(import);

	err = complete_import(call, import);
	if (err) {
		gntdev_dmabuf_import_destroy(import);
		return err;
	}

	gntdev_dmabuf_obj_publish(&import->obj);
	gntdev_dmabuf_obj_put(&import->obj);
	return 0;
}

static int ioctl_import(struct gntdev_dmabuf_call *call)
{
	struct gntdev_dmabuf_import *args = &call->args.import;
	struct gntdev_dmabuf_range range;
	struct dma_buf *dmabuf;
	int err;

	err = check_import(args);
	if (err)
		return err;

	dmabuf = dma_buf_get(args->fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	err = check_source(args, dmabuf);
	if (err)
		goto put_dmabuf;

	err = find_range(args, dmabuf->size, &range);
	if (err)
		goto put_dmabuf;

	args->count = range.count;
	if (args->count > args->capacity) {
		err = respond(call, sizeof(*args)) ?: -ENOBUFS;
		goto put_dmabuf;
	}

	/* The import takes over the reference on the dma-buf. */
	return import_dmabuf(call, dmabuf, &range);

put_dmabuf:
	dma_buf_put(dmabuf);
	return err;
}

static int ioctl_revoke(struct gntdev_dmabuf_call *call)
{
	struct gntdev_dmabuf_revoke *args = &call->args.revoke;

	if (args->flags)
		return -EINVAL;

	return gntdev_dmabuf_revoke(call->ctx, args->id);
}

static int ioctl_wait(struct gntdev_dmabuf_call *call)
{
	struct gntdev_dmabuf_wait *args = &call->args.wait;

	if (args->flags)
		return -EINVAL;

	return gntdev_dmabuf_wait(call->ctx, args->id, args->deadline);
}

static int ioctl_notify(struct gntdev_dmabuf_call *call)
{
	struct gntdev_dmabuf_notify *args = &call->args.notify;

	if (args->flags & ~GNTDEV_DMABUF_NOTIFY_REMOVE || args->reserved)
		return -EINVAL;

	if (args->flags & GNTDEV_DMABUF_NOTIFY_REMOVE)
		return gntdev_dmabuf_unnotify(call->ctx, args->id,
					      args->eventfd);

	return gntdev_dmabuf_notify(call->ctx, args->id, args->eventfd);
}

static int ioctl_query(struct gntdev_dmabuf_call *call)
{
	struct gntdev_dmabuf_query *args = &call->args.query;
	int err;

	if (args->flags || args->reserved)
		return -EINVAL;

	err = gntdev_dmabuf_query(call->ctx, args);
	if (err)
		return err;

	return respond(call, sizeof(*args));
}

/**
 * struct gntdev_dmabuf_op - an operation
 * @cmd: the ioctl's number
 * @size: of the structure today
 * @min_size: of the structure in its first version
 * @execute: does it
 */
struct gntdev_dmabuf_op {
	unsigned int cmd;
	u32 size;
	u32 min_size;
	int (*execute)(struct gntdev_dmabuf_call *call);
};

static const struct gntdev_dmabuf_op ops[] = {
	{
		.cmd = GNTDEV_DMABUF_EXPORT,
		.size = sizeof(struct gntdev_dmabuf_export),
		.min_size = offsetofend(struct gntdev_dmabuf_export, reserved),
		.execute = ioctl_export,
	},
	{
		.cmd = GNTDEV_DMABUF_IMPORT,
		.size = sizeof(struct gntdev_dmabuf_import),
		.min_size = offsetofend(struct gntdev_dmabuf_import, reserved),
		.execute = ioctl_import,
	},
	{
		.cmd = GNTDEV_DMABUF_REVOKE,
		.size = sizeof(struct gntdev_dmabuf_revoke),
		.min_size = offsetofend(struct gntdev_dmabuf_revoke, id),
		.execute = ioctl_revoke,
	},
	{
		.cmd = GNTDEV_DMABUF_WAIT,
		.size = sizeof(struct gntdev_dmabuf_wait),
		.min_size = offsetofend(struct gntdev_dmabuf_wait, deadline),
		.execute = ioctl_wait,
	},
	{
		.cmd = GNTDEV_DMABUF_NOTIFY,
		.size = sizeof(struct gntdev_dmabuf_notify),
		.min_size = offsetofend(struct gntdev_dmabuf_notify, reserved),
		.execute = ioctl_notify,
	},
	{
		.cmd = GNTDEV_DMABUF_QUERY,
		.size = sizeof(struct gntdev_dmabuf_query),
		.min_size = offsetofend(struct gntdev_dmabuf_query, reserved),
		.execute = ioctl_query,
	},
};

static const struct gntdev_dmabuf_op *find_op(unsigned int cmd)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		if (ops[i].cmd == cmd)
			return &ops[i];
	return NULL;
}

/**
 * gntdev_dmabuf_ioctl - carry out an operation
 * @ctx: the context
 * @cmd: the ioctl's number
 * @arg: the caller's structure
 *
 * Return: 0 or a negative errno, -ENOIOCTLCMD if the number is not one of ours.
 */
long gntdev_dmabuf_ioctl(struct gntdev_dmabuf_ctx *ctx, unsigned int cmd,
			 void __user *arg)
{
	struct gntdev_dmabuf_call call = { .ctx = ctx, .user = arg };
	const struct gntdev_dmabuf_op *op;
	int err;

	op = find_op(cmd);
	if (!op)
		return -ENOIOCTLCMD;

	if (get_user(call.user_size, (u32 __user *)arg))
		return -EFAULT;
	if (call.user_size < op->min_size)
		return -EINVAL;
	if (call.user_size > PAGE_SIZE)
		return -E2BIG;

	err = copy_struct_from_user(&call.args, op->size, arg, call.user_size);
	if (err)
		return err;

	return op->execute(&call);
}

/**
 * gntdev_dmabuf_module_init - for the module's start
 *
 * Return: 0 or a negative errno. After 0, gntdev_dmabuf_module_exit() is due.
 */
int gntdev_dmabuf_module_init(void)
{
	int err;

	err = gntdev_dmabuf_revoke_init();
	if (err)
		return err;

	err = gntdev_dmabuf_import_init();
	if (err) {
		gntdev_dmabuf_revoke_exit();
		return err;
	}

	gntdev_dmabuf_resume_init();
	gntdev_dmabuf_quota_init();
	return 0;
}

/**
 * gntdev_dmabuf_module_exit - for the module's end
 */
void gntdev_dmabuf_module_exit(void)
{
	gntdev_dmabuf_resume_exit();
	gntdev_dmabuf_import_exit();
	gntdev_dmabuf_revoke_exit();
	gntdev_dmabuf_quota_exit();
}
