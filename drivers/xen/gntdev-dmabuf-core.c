// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: contexts, ids, and the life of a
 * shared buffer.
 */

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "gntdev-dmabuf-private.h"

#define CREATE_TRACE_POINTS
#include "gntdev-dmabuf-trace.h"

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
	ctx->lifetime = gntdev_dmabuf_lifetime();
	return ctx;
}

static void ctx_release(struct kref *kref)
{
	struct gntdev_dmabuf_ctx *ctx =
		container_of(kref, struct gntdev_dmabuf_ctx, kref);
	struct gntdev_dmabuf_obj *obj;
	unsigned long id;

	/*
	 * Buffers that are still here can never be released, see gntdev_dmabuf_obj_end(). No
	 * file is left to query them on.
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

/* The next buffer after this id that has been published, with a reference. */
static struct gntdev_dmabuf_obj *next_obj(struct gntdev_dmabuf_ctx *ctx,
					  unsigned long *id)
{
	struct gntdev_dmabuf_obj *obj;

	xa_lock(&ctx->objs);
	xa_for_each_start(&ctx->objs, *id, obj, *id + 1)
		if (obj->published) {
			kref_get(&obj->kref);
			break;
		}
	xa_unlock(&ctx->objs);
	return obj;
}

/**
 * gntdev_dmabuf_ctx_close - the file of a context has been closed
 * @ctx: the context, whose reference for the file is dropped
 */
void gntdev_dmabuf_ctx_close(struct gntdev_dmabuf_ctx *ctx)
{
	struct gntdev_dmabuf_obj *obj;
	unsigned long id = 0;

	while ((obj = next_obj(ctx, &id))) {
		obj->ops->closed(obj);
		gntdev_dmabuf_obj_put(obj);
	}
	gntdev_dmabuf_ctx_put(ctx);
}

static const char *state_name(u32 state)
{
	switch (state) {
	case GNTDEV_DMABUF_STATE_LIVE:
		return "live";
	case GNTDEV_DMABUF_STATE_REVOKING:
		return "revoking";
	case GNTDEV_DMABUF_STATE_UNMAPPING:
		return "unmapping";
	case GNTDEV_DMABUF_STATE_ENDING:
		return "ending";
	default:
		return "released";
	}
}

static const char *kind_name(u32 kind)
{
	return kind == GNTDEV_DMABUF_KIND_IMPORT ? "import" : "export";
}

static void show_obj(struct gntdev_dmabuf_obj *obj, struct seq_file *m)
{
	struct gntdev_dmabuf_query query = { 0 };

	obj->ops->query(obj, &query);
	seq_printf(m, "dmabuf:\tid %llu kind %s state %s domid %u pages %u\n",
		   obj->id, kind_name(obj->ops->kind),
		   state_name(gntdev_dmabuf_obj_state(obj)), query.domid,
		   query.count);
}

/**
 * gntdev_dmabuf_ctx_show - list the buffers of a context in a file's fdinfo
 * @ctx: the context
 * @m: where to
 */
void gntdev_dmabuf_ctx_show(struct gntdev_dmabuf_ctx *ctx, struct seq_file *m)
{
	struct gntdev_dmabuf_obj *obj;
	unsigned long id;

	xa_lock(&ctx->objs);
	xa_for_each(&ctx->objs, id, obj) {
		/* It will be called again, with more room. */
		if (seq_has_overflowed(m))
			break;
		if (!obj->published || gntdev_dmabuf_obj_state(obj) ==
						GNTDEV_DMABUF_STATE_RELEASED)
			continue;
		show_obj(obj, m);
	}
	xa_unlock(&ctx->objs);
}

/* If the domain was restored, all ids that were issued before are those of lost buffers. */
static void note_restore(struct gntdev_dmabuf_ctx *ctx)
{
	unsigned int lifetime = gntdev_dmabuf_lifetime();

	lockdep_assert_held(&ctx->objs.xa_lock);

	if (ctx->lifetime == lifetime)
		return;
	ctx->lost_id = ctx->last_id;
	ctx->lifetime = lifetime;
}

static bool is_lost(struct gntdev_dmabuf_ctx *ctx, u64 id)
{
	bool lost;

	xa_lock(&ctx->objs);
	note_restore(ctx);
	lost = id <= ctx->lost_id;
	xa_unlock(&ctx->objs);
	return lost;
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
	note_restore(ctx);
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
 * Lookups do not find the buffer before gntdev_dmabuf_obj_publish().
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
	INIT_LIST_HEAD(&obj->listeners);
	INIT_LIST_HEAD(&obj->node);
	obj->ops = ops;
	obj->ctx = ctx;
	obj->old_fd = -1;
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
	trace_gntdev_dmabuf_state(obj->id, obj->domid,
				  GNTDEV_DMABUF_STATE_LIVE);
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

static struct gntdev_dmabuf_obj *find_by_old_fd(struct gntdev_dmabuf_ctx *ctx,
						int fd, u32 kind)
{
	struct gntdev_dmabuf_obj *obj, *found = NULL;
	unsigned long id;

	lockdep_assert_held(&ctx->objs.xa_lock);

	/* Buffers that these ioctls do not know have the number -1. */
	if (fd < 0)
		return NULL;

	xa_for_each(&ctx->objs, id, obj)
		if (obj->published && obj->old_fd == fd &&
		    obj->ops->kind == kind &&
		    gntdev_dmabuf_obj_state(obj) !=
				GNTDEV_DMABUF_STATE_RELEASED)
			found = obj;
	return found;
}

/**
 * gntdev_dmabuf_obj_get_by_old_fd - look up an export as the older ioctls do
 * @ctx: the context
 * @fd: the number that its descriptor once had, whatever that is by now
 *
 * Return: the newest export that is not released and had that number, with a reference.
 * NULL if there is none.
 */
struct gntdev_dmabuf_obj *
gntdev_dmabuf_obj_get_by_old_fd(struct gntdev_dmabuf_ctx *ctx, int fd)
{
	struct gntdev_dmabuf_obj *obj;

	xa_lock(&ctx->objs);
	obj = find_by_old_fd(ctx, fd, GNTDEV_DMABUF_KIND_EXPORT);
	if (obj)
		kref_get(&obj->kref);
	xa_unlock(&ctx->objs);
	return obj;
}

/**
 * gntdev_dmabuf_obj_take_by_old_fd - look up an import, which loses its number
 * @ctx: the context
 * @fd: the number that the descriptor of its dma-buf once had
 *
 * Return: the newest such import that is not released, with a reference. NULL if there is none.
 */
struct gntdev_dmabuf_obj *
gntdev_dmabuf_obj_take_by_old_fd(struct gntdev_dmabuf_ctx *ctx, int fd)
{
	struct gntdev_dmabuf_obj *obj;

	xa_lock(&ctx->objs);
	obj = find_by_old_fd(ctx, fd, GNTDEV_DMABUF_KIND_IMPORT);
	if (obj) {
		kref_get(&obj->kref);
		obj->old_fd = -1;
	}
	xa_unlock(&ctx->objs);
	return obj;
}

static void obj_release(struct kref *kref)
{
	struct gntdev_dmabuf_obj *obj =
		container_of(kref, struct gntdev_dmabuf_obj, kref);

	gntdev_dmabuf_forget_listeners(obj);
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
 * gntdev_dmabuf_obj_set_state - set the state of a buffer
 * @obj: the buffer, which the caller owns
 * @state: &enum gntdev_dmabuf_state
 */
void gntdev_dmabuf_obj_set_state(struct gntdev_dmabuf_obj *obj, u32 state)
{
	trace_gntdev_dmabuf_state(obj->id, obj->domid, state);
	/* Orders all prior writes before the new state. */
	smp_store_release(&obj->state, state);
}

/**
 * gntdev_dmabuf_obj_advance - set a state, if the buffer is in an earlier one
 * @obj: the buffer
 * @from: the state that it has to be in
 * @to: the state to set
 *
 * Return: whether the buffer was in the state @from, and this call has changed that
 */
bool gntdev_dmabuf_obj_advance(struct gntdev_dmabuf_obj *obj, u32 from, u32 to)
{
	if (cmpxchg(&obj->state, from, to) != from)
		return false;

	trace_gntdev_dmabuf_state(obj->id, obj->domid, to);
	return true;
}

/**
 * gntdev_dmabuf_obj_end - the end of a buffer
 * @obj: the buffer, which the caller owns; freed here unless others hold it
 * @released: whether all of its grants are unmapped
 *
 * If not @released, a grant could not be unmapped, and waiters must not be told that it was.
 * The buffer stays in the table, in its state, as long as the context exists. It has no
 * reference on the context any more.
 */
void gntdev_dmabuf_obj_end(struct gntdev_dmabuf_obj *obj, bool released)
{
	struct gntdev_dmabuf_ctx *ctx = obj->ctx;

	if (released) {
		gntdev_dmabuf_obj_set_state(obj, GNTDEV_DMABUF_STATE_RELEASED);
		xa_erase(&ctx->objs, obj->id);
		gntdev_dmabuf_wake(obj);
		gntdev_dmabuf_obj_put(obj);
	}
	gntdev_dmabuf_ctx_put(ctx);
}

static void query_obj(struct gntdev_dmabuf_obj *obj,
		      struct gntdev_dmabuf_query *query)
{
	query->kind = obj->ops->kind;
	obj->ops->query(obj, query);
	if (obj->ops->mapped)
		query->mapped = obj->ops->mapped(obj);
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
			query_obj(obj, &answer);
		}
		gntdev_dmabuf_obj_put(obj);
	}
	if (is_lost(ctx, query->id))
		answer.properties |= GNTDEV_DMABUF_QUERY_LOST;

	*query = answer;
	return 0;
}

/**
 * gntdev_dmabuf_revoke - the operation REVOKE
 * @ctx: the context
 * @id: the buffer's id
 *
 * Return: 0, -ENOENT if there never was such a buffer, or -ERESTARTSYS
 */
int gntdev_dmabuf_revoke(struct gntdev_dmabuf_ctx *ctx, u64 id)
{
	struct gntdev_dmabuf_obj *obj;
	int err;

	obj = gntdev_dmabuf_obj_get(ctx, id);
	if (IS_ERR_OR_NULL(obj))
		return PTR_ERR_OR_ZERO(obj);

	err = obj->ops->revoke(obj);
	gntdev_dmabuf_obj_put(obj);
	return err;
}
