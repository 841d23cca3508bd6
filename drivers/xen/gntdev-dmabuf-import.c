// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: a dma-buf of this domain becomes grant references.
 *
 * An import goes from LIVE to ENDING to RELEASED. It owns the dma-buf, attached and mapped, until
 * its last reference is ended. The peer alone decides when that is, so a frame stays allocated
 * and is not reused for as long as the peer has it mapped.
 */

#include <linux/atomic.h>
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "gntdev-dmabuf-private.h"

/* The delay before references that the peer uses are tried again, at first and at last. */
#define FIRST_DELAY_MS	1
#define LAST_DELAY_MS	250

/*
 * The last delay grows with the number of imports that wait for their peers, so that peers which
 * never unmap cannot cost more tries than this, all together.
 */
#define TRIES_PER_MS	4

static atomic_t waiting = ATOMIC_INIT(0);
static struct workqueue_struct *end_queue;

/* Nothing is granted any more. The caller puts the import's reference on the module. */
static void release_import(struct gntdev_dmabuf_import_obj *import)
{
	gntdev_dmabuf_obj_unlist(&import->obj);
	gntdev_dmabuf_source_release(&import->source);
	gntdev_dmabuf_uncharge_import(import->uid, import->obj.domid,
				      import->range.count);
	gntdev_dmabuf_obj_end(&import->obj, true);
}

/* The queue owns a reference on the import until it is released. */
static void queue_end(struct gntdev_dmabuf_import_obj *import)
{
	kref_get(&import->obj.kref);
	queue_delayed_work(end_queue, &import->end_work, 0);
}

static void end_later(struct gntdev_dmabuf_import_obj *import)
{
	unsigned int last_ms = atomic_read(&waiting) / TRIES_PER_MS;

	queue_delayed_work(end_queue, &import->end_work,
			   msecs_to_jiffies(import->delay_ms));
	import->delay_ms = min(import->delay_ms * 2, max(last_ms, LAST_DELAY_MS));
}

static void end_work(struct work_struct *work)
{
	struct gntdev_dmabuf_import_obj *import =
		container_of(to_delayed_work(work),
			     struct gntdev_dmabuf_import_obj, end_work);
	unsigned int left;

	left = gntdev_dmabuf_refs_end(&import->refs);
	if (left) {
		if (!import->left)
			atomic_inc(&waiting);
		if (left != import->left)
			import->delay_ms = FIRST_DELAY_MS;
		import->left = left;
		end_later(import);
		return;
	}

	if (import->left)
		atomic_dec(&waiting);
	release_import(import);
	gntdev_dmabuf_obj_put(&import->obj);
	/* The module's exit destroys the queue, which waits for the rest of this function. */
	module_put(THIS_MODULE);
}

/* Return: whether the caller has to end the import */
static bool begin_ending(struct gntdev_dmabuf_import_obj *import)
{
	return gntdev_dmabuf_obj_advance(&import->obj,
					 GNTDEV_DMABUF_STATE_LIVE,
					 GNTDEV_DMABUF_STATE_ENDING);
}

/* Called with or without dma_resv, and in the middle of a restore. So a work does all of it. */
static void import_end(struct gntdev_dmabuf_obj *obj)
{
	struct gntdev_dmabuf_import_obj *import = to_gntdev_dmabuf_import(obj);

	if (begin_ending(import))
		queue_end(import);
}

/*
 * A process ends its import. The references that the peer does not use are ended here, and if these
 * are all, the import is released here, without a switch to the work and back. Otherwise the work
 * goes on. It also releases the import if a driver has the reservation locked: the process does
 * not wait for that driver.
 */
static void end_here(struct gntdev_dmabuf_import_obj *import)
{
	if (!begin_ending(import))
		return;

	if (gntdev_dmabuf_refs_end(&import->refs) ||
	    dma_resv_is_locked(import->source.dmabuf->resv)) {
		queue_end(import);
		return;
	}

	release_import(import);
	/* The caller's file has another reference on the module. */
	module_put(THIS_MODULE);
}

static int import_revoke(struct gntdev_dmabuf_obj *obj)
{
	end_here(to_gntdev_dmabuf_import(obj));
	return 0;
}

/* The exporter takes the memory away. Called with the dma_resv of the dma-buf locked. */
static void import_invalidated(struct gntdev_dmabuf_source *source)
{
	struct gntdev_dmabuf_import_obj *import =
		container_of(source, struct gntdev_dmabuf_import_obj, source);

	import->invalidated = true;
	/* Otherwise gntdev_dmabuf_import_grant() finds out. */
	if (import->ready)
		import_end(&import->obj);
}

/**
 * gntdev_dmabuf_import_revoke_and_try - end an import, and try each reference once
 * @obj: the import
 *
 * When this returns, the import is released unless the peer has something of it mapped.
 */
void gntdev_dmabuf_import_revoke_and_try(struct gntdev_dmabuf_obj *obj)
{
	struct gntdev_dmabuf_import_obj *import = to_gntdev_dmabuf_import(obj);

	end_here(import);
	/* It may have been ending already, or wait for a driver. */
	flush_delayed_work(&import->end_work);
}

static void import_query(struct gntdev_dmabuf_obj *obj,
			 struct gntdev_dmabuf_query *query)
{
	struct gntdev_dmabuf_import_obj *import = to_gntdev_dmabuf_import(obj);

	query->buffer_flags = import->flags;
	query->domid = obj->domid;
	query->count = import->range.count;
}

static unsigned int import_mapped(struct gntdev_dmabuf_obj *obj)
{
	return gntdev_dmabuf_refs_mapped(&to_gntdev_dmabuf_import(obj)->refs);
}

static void import_free(struct gntdev_dmabuf_obj *obj)
{
	struct gntdev_dmabuf_import_obj *import = to_gntdev_dmabuf_import(obj);

	gntdev_dmabuf_refs_destroy(&import->refs);
	kfree(import);
}

static const struct gntdev_dmabuf_obj_ops import_ops = {
	.kind = GNTDEV_DMABUF_KIND_IMPORT,
	.query = import_query,
	.mapped = import_mapped,
	.revoke = import_revoke,
	.closed = import_end,
	.lost = import_end,
	.free = import_free,
};

/**
 * gntdev_dmabuf_import_destroy - end an import that was not published
 * @import: the import, with the reference of gntdev_dmabuf_import_create()
 *
 * The peer may have guessed references and mapped them. Then a work does the rest.
 */
void gntdev_dmabuf_import_destroy(struct gntdev_dmabuf_import_obj *import)
{
	end_here(import);
	gntdev_dmabuf_obj_put(&import->obj);
}

/* Return: a new import, which has taken over the dma-buf and what is charged */
static struct gntdev_dmabuf_import_obj *
alloc_import(struct gntdev_dmabuf_ctx *ctx, struct dma_buf *dmabuf,
	     domid_t domid, u32 flags, const struct gntdev_dmabuf_range *range)
{
	struct gntdev_dmabuf_import_obj *import;
	int err;

	import = kzalloc_obj(*import, GFP_KERNEL_ACCOUNT);
	if (!import)
		return ERR_PTR(-ENOMEM);

	INIT_DELAYED_WORK(&import->end_work, end_work);
	import->delay_ms = FIRST_DELAY_MS;
	import->range = *range;
	import->flags = flags;
	import->source.dmabuf = dmabuf;
	import->source.invalidated = import_invalidated;
	import->obj.domid = domid;

	err = gntdev_dmabuf_obj_init(&import->obj, ctx, &import_ops);
	if (err) {
		kfree(import);
		return ERR_PTR(err);
	}

	/* Until the import is released: the exporter of the dma-buf may call it. */
	__module_get(THIS_MODULE);
	gntdev_dmabuf_refs_init(&import->refs, domid,
				flags & GNTDEV_DMABUF_IMPORT_READONLY, range->count);
	/* The caller's reference. The import can be released before it is published. */
	kref_get(&import->obj.kref);
	return import;
}

static int prepare_import(struct gntdev_dmabuf_import_obj *import)
{
	int err;

	err = gntdev_dmabuf_source_map(&import->source, import->refs.readonly);
	if (err)
		return err;

	err = gntdev_dmabuf_source_check(&import->source, import->range.first,
					 import->range.count);
	if (err)
		return err;

	return gntdev_dmabuf_refs_alloc(&import->refs);
}

/**
 * gntdev_dmabuf_import_create - make an import, with its references allocated but not granted
 * @ctx: the context to make it in
 * @dmabuf: the dma-buf. The caller's reference is taken over, even if this fails
 * @domid: the peer
 * @flags: GNTDEV_DMABUF_IMPORT_*
 * @range: the pages
 *
 * Return: the import with a reference for the caller, which puts it after it has published the
 * import, or calls gntdev_dmabuf_import_destroy(). Or an ERR_PTR().
 */
struct gntdev_dmabuf_import_obj *
gntdev_dmabuf_import_create(struct gntdev_dmabuf_ctx *ctx, struct dma_buf *dmabuf,
			    domid_t domid, u32 flags,
			    const struct gntdev_dmabuf_range *range)
{
	struct gntdev_dmabuf_import_obj *import;
	kuid_t uid;
	int err;

	err = gntdev_dmabuf_charge_import(&uid, domid, range->count);
	if (err)
		goto put_dmabuf;

	import = alloc_import(ctx, dmabuf, domid, flags, range);
	if (IS_ERR(import)) {
		err = PTR_ERR(import);
		goto uncharge;
	}
	import->uid = uid;

	err = prepare_import(import);
	if (err) {
		gntdev_dmabuf_import_destroy(import);
		return ERR_PTR(err);
	}
	return import;

uncharge:
	gntdev_dmabuf_uncharge_import(uid, domid, range->count);
put_dmabuf:
	dma_buf_put(dmabuf);
	return ERR_PTR(err);
}

/* From here on a restore or an invalidation ends the import. Look for earlier ones. */
static int make_ready(struct gntdev_dmabuf_import_obj *import)
{
	struct dma_buf *dmabuf = import->source.dmabuf;
	bool ready;

	/* A restore may release the import as soon as it is listed. */
	get_dma_buf(dmabuf);
	gntdev_dmabuf_obj_list(&import->obj);

	dma_resv_lock(dmabuf->resv, NULL);
	ready = !import->invalidated && !gntdev_dmabuf_refs_lost(&import->refs);
	import->ready = ready;
	dma_resv_unlock(dmabuf->resv);

	dma_buf_put(dmabuf);
	return ready ? 0 : -ENODEV;
}

/**
 * gntdev_dmabuf_import_grant - give the peer access
 * @import: the import
 *
 * Return: 0, and only the publication is left to do. Or a negative errno.
 */
int gntdev_dmabuf_import_grant(struct gntdev_dmabuf_import_obj *import)
{
	struct gntdev_dmabuf_source_pos pos;
	int err;

	gntdev_dmabuf_source_seek(&import->source, &pos, import->range.first);
	err = gntdev_dmabuf_refs_grant(&import->refs, &pos);
	if (err)
		return err;

	return make_ready(import);
}

/**
 * gntdev_dmabuf_import_init - for the module's start
 *
 * Return: 0 or a negative errno. After 0, gntdev_dmabuf_import_exit() is due.
 */
int gntdev_dmabuf_import_init(void)
{
	int err;

	err = gntdev_dmabuf_source_init();
	if (err)
		return err;

	/* Freezable: references are not ended while the domain is saved and restored. */
	end_queue = alloc_workqueue("xen-gntdev-end", WQ_UNBOUND | WQ_FREEZABLE, 0);
	if (!end_queue) {
		gntdev_dmabuf_source_exit();
		return -ENOMEM;
	}
	return 0;
}

/**
 * gntdev_dmabuf_import_exit - for the module's end
 */
void gntdev_dmabuf_import_exit(void)
{
	destroy_workqueue(end_queue);
	gntdev_dmabuf_source_exit();
}
