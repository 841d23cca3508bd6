// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: contexts, ids, and the life of a
 * shared buffer.
 */

#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/slab.h>

#include "gntdev-dmabuf-private.h"

/**
 * gntdev_dmabuf_ctx_create - make the context of a newly opened gntdev file
 *
 * Return: the context with one reference, which is the file's, or an ERR_PTR().
 */
struct gntdev_dmabuf_ctx *gntdev_dmabuf_ctx_create(void)
{
	struct gntdev_dmabuf_ctx *ctx;

	ctx = kzalloc_obj(*ctx, GFP_KERNEL_ACCOUNT);
	if (!ctx)
		return ERR_PTR(-ENOMEM);

	kref_init(&ctx->kref);
	xa_init_flags(&ctx->objs, XA_FLAGS_ACCOUNT);
	return ctx;
}

static void ctx_release(struct kref *kref)
{
	struct gntdev_dmabuf_ctx *ctx =
		container_of(kref, struct gntdev_dmabuf_ctx, kref);
	struct gntdev_dmabuf_obj *obj;
	unsigned long id;

	/*
	 * What is still here could not be released, ever, see
	 * gntdev_dmabuf_obj_end(), and now nobody is left to ask about it.
	 */
	xa_for_each(&ctx->objs, id, obj)
		gntdev_dmabuf_obj_put(obj);
	xa_destroy(&ctx->objs);
	kfree(ctx);
}

/**
 * gntdev_dmabuf_ctx_put - drop a reference on a context
 * @ctx: the context
 */
void gntdev_dmabuf_ctx_put(struct gntdev_dmabuf_ctx *ctx)
{
	kref_put(&ctx->kref, ctx_release);
}

/*
 * Give the buffer an id and enter it into the table. The id is used up even if this
 * fails: the table's lock is dropped while memory is allocated for the entry, and
 * others get on with the next ids meanwhile.
 */
static int obj_issue_id(struct gntdev_dmabuf_obj *obj)
{
	struct gntdev_dmabuf_ctx *ctx = obj->ctx;
	int err = -ENOMEM;

	xa_lock(&ctx->objs);
	if (ctx->last_id != ULONG_MAX) {
		obj->id = ++ctx->last_id;
		err = __xa_insert(&ctx->objs, obj->id, obj, GFP_KERNEL);
	}
	xa_unlock(&ctx->objs);

	return err;
}

/**
 * gntdev_dmabuf_obj_init - give a new buffer an id, and a place in a context
 * @obj: the buffer
 * @ctx: the context
 * @ops: the kind of buffer
 *
 * Nobody finds the buffer by its id before gntdev_dmabuf_obj_publish().
 *
 * Return: 0, and @obj now belongs to the table of @ctx: its way out is
 * gntdev_dmabuf_obj_end(). Or a negative errno, and @obj is the caller's to free.
 */
int gntdev_dmabuf_obj_init(struct gntdev_dmabuf_obj *obj,
			   struct gntdev_dmabuf_ctx *ctx,
			   const struct gntdev_dmabuf_obj_ops *ops)
{
	int err;

	kref_init(&obj->kref);
	init_waitqueue_head(&obj->waiters);
	obj->ops = ops;
	obj->ctx = ctx;
	obj->state = GNTDEV_DMABUF_STATE_LIVE;

	err = obj_issue_id(obj);
	if (err)
		return err;

	kref_get(&ctx->kref);
	return 0;
}

/**
 * gntdev_dmabuf_obj_publish - let a buffer be found by its id
 * @obj: the buffer
 *
 * To be called when nothing can fail any more.
 */
void gntdev_dmabuf_obj_publish(struct gntdev_dmabuf_obj *obj)
{
	xa_lock(&obj->ctx->objs);
	obj->published = true;
	xa_unlock(&obj->ctx->objs);
}

/**
 * gntdev_dmabuf_obj_get - look up a buffer
 * @ctx: the context
 * @id: the buffer's id, from user space
 *
 * No memory is kept of buffers that are released. They are known by their ids not
 * being in the table although they have been issued.
 *
 * Return: the buffer with a reference, NULL if it is released, or ERR_PTR(-ENOENT)
 * if there never was one.
 */
struct gntdev_dmabuf_obj *gntdev_dmabuf_obj_get(struct gntdev_dmabuf_ctx *ctx,
						u64 id)
{
	struct gntdev_dmabuf_obj *obj;

	xa_lock(&ctx->objs);
	if (!id || id > ctx->last_id) {
		obj = ERR_PTR(-ENOENT);
		goto unlock;
	}
	obj = xa_load(&ctx->objs, id);
	if (!obj)
		goto unlock;
	if (!obj->published) {
		obj = ERR_PTR(-ENOENT);
		goto unlock;
	}
	kref_get(&obj->kref);
unlock:
	xa_unlock(&ctx->objs);
	return obj;
}

static void obj_release(struct kref *kref)
{
	struct gntdev_dmabuf_obj *obj =
		container_of(kref, struct gntdev_dmabuf_obj, kref);

	obj->ops->free(obj);
}

/**
 * gntdev_dmabuf_obj_put - drop a reference on a buffer
 * @obj: the buffer
 */
void gntdev_dmabuf_obj_put(struct gntdev_dmabuf_obj *obj)
{
	kref_put(&obj->kref, obj_release);
}

/**
 * gntdev_dmabuf_obj_state - where a buffer is in its life
 * @obj: the buffer
 *
 * Return: &enum gntdev_dmabuf_state
 */
u32 gntdev_dmabuf_obj_state(struct gntdev_dmabuf_obj *obj)
{
	/* Pairs with gntdev_dmabuf_obj_set_state(). */
	return smp_load_acquire(&obj->state);
}

/**
 * gntdev_dmabuf_obj_set_state - a buffer gets on in its life
 * @obj: the buffer, which the caller owns
 * @state: &enum gntdev_dmabuf_state
 */
void gntdev_dmabuf_obj_set_state(struct gntdev_dmabuf_obj *obj, u32 state)
{
	/* What leads to the new state has happened for who sees the state. */
	smp_store_release(&obj->state, state);
}

/**
 * gntdev_dmabuf_obj_end - a buffer has come to its end
 * @obj: the buffer, which the caller owns; freed here unless others hold it
 * @released: its grants are gone
 *
 * If not @released, a grant could not be ended, and nobody must be told that it
 * was. The buffer remains in the table in the state it is in, for as long as
 * somebody has got the context. It has no reference on that any more.
 */
void gntdev_dmabuf_obj_end(struct gntdev_dmabuf_obj *obj, bool released)
{
	struct gntdev_dmabuf_ctx *ctx = obj->ctx;

	if (released) {
		gntdev_dmabuf_obj_set_state(obj, GNTDEV_DMABUF_STATE_RELEASED);
		xa_erase(&ctx->objs, obj->id);
		wake_up_all(&obj->waiters);
		gntdev_dmabuf_obj_put(obj);
	}
	gntdev_dmabuf_ctx_put(ctx);
}

/**
 * gntdev_dmabuf_query - the operation QUERY
 * @ctx: the context
 * @query: in: the id. out: the answer
 *
 * Return: 0 or a negative errno
 */
int gntdev_dmabuf_query(struct gntdev_dmabuf_ctx *ctx,
			struct gntdev_dmabuf_query *query)
{
	struct gntdev_dmabuf_query answer = {
		.size = query->size,
		.id = query->id,
		.state = GNTDEV_DMABUF_STATE_RELEASED,
	};
	struct gntdev_dmabuf_obj *obj;
	u32 state;

	obj = gntdev_dmabuf_obj_get(ctx, query->id);
	if (IS_ERR(obj))
		return PTR_ERR(obj);

	if (obj) {
		state = gntdev_dmabuf_obj_state(obj);
		if (state != GNTDEV_DMABUF_STATE_RELEASED) {
			answer.state = state;
			obj->ops->query(obj, &answer);
		}
		gntdev_dmabuf_obj_put(obj);
	}

	*query = answer;
	return 0;
}
