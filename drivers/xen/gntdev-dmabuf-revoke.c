// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: the end of an export, because its last user is
 * gone or because it is revoked.
 */

#include <linux/dma-buf.h>
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "gntdev-dmabuf-private.h"

/* The delay before another attempt when memory was short. */
#define RETRY_MS	100

static struct workqueue_struct *revoke_queue;

static bool is_used(struct gntdev_dmabuf_export_obj *export)
{
	return !list_empty(&export->mappings) || export->vmapped;
}

/*
 * A queued work owns a reference on the export and one on the module. The caller holds
 * both as well, or keeps the export on the list of those that a restore ends.
 */
static void queue_revoke_work(struct gntdev_dmabuf_export_obj *export)
{
	kref_get(&export->obj.kref);
	__module_get(THIS_MODULE);
	if (queue_work(revoke_queue, &export->revoke_work))
		return;

	/* The work is queued already and has not started. */
	module_put(THIS_MODULE);
	gntdev_dmabuf_obj_put(&export->obj);
}

/* The last fence of the snapshot is signalled. Called in any context, under a spinlock. */
static void fences_signaled(struct dma_fence *fence, struct dma_fence_cb *cb)
{
	struct gntdev_dmabuf_export_obj *export =
		container_of(cb, struct gntdev_dmabuf_export_obj, fence_cb);

	/* The callback runs once, so the work takes over its references. */
	queue_work(revoke_queue, &export->fence_work);
}

/*
 * Queue fence_work when the present fences are signalled. Later fences cannot cover an access:
 * access has been revoked. Any holder of the descriptor could add such fences without end.
 */
static int watch_fences(struct gntdev_dmabuf_export_obj *export)
{
	int err;

	dma_resv_assert_held(&export->resv);

	err = dma_resv_get_singleton(&export->resv, DMA_RESV_USAGE_BOOKKEEP,
				     &export->fence);
	if (err || !export->fence)
		return err;

	kref_get(&export->obj.kref);
	__module_get(THIS_MODULE);
	if (!dma_fence_add_callback(export->fence, &export->fence_cb,
				    fences_signaled))
		return 0;

	/* The fence is signalled already. The caller holds both references as well. */
	module_put(THIS_MODULE);
	gntdev_dmabuf_obj_put(&export->obj);
	return 0;
}

/*
 * Unmap the export from processes, and tell dynamic importers to unmap it. Once is enough: no
 * new access is given after the revocation. Return: false if memory was short
 */
static bool take_away(struct gntdev_dmabuf_export_obj *export)
{
	if (export->taken_away)
		return true;

	/* In PV domains this calls the MMU notifiers, which unmap the grants. */
	unmap_mapping_range(export->inode->i_mapping, 0, 0, 1);

	dma_resv_lock(&export->resv, NULL);
	/* The release clears the pointer under the lock before the dma-buf is freed. */
	if (export->dmabuf)
		dma_buf_invalidate_mappings(export->dmabuf);
	export->taken_away = !watch_fences(export);
	dma_resv_unlock(&export->resv);
	return export->taken_away;
}

/* Return: whether the caller has to unmap the grants */
static bool begin_unmapping(struct gntdev_dmabuf_export_obj *export)
{
	bool begin;

	dma_resv_lock(&export->resv, NULL);
	begin = gntdev_dmabuf_obj_state(&export->obj) ==
			GNTDEV_DMABUF_STATE_REVOKING && !is_used(export);
	if (begin)
		gntdev_dmabuf_obj_set_state(&export->obj,
					    GNTDEV_DMABUF_STATE_UNMAPPING);
	dma_resv_unlock(&export->resv);
	return begin;
}

static void unmap_and_release(struct gntdev_dmabuf_export_obj *export)
{
	unsigned int lost;

	gntdev_dmabuf_obj_unlist(&export->obj);
	lost = gntdev_dmabuf_grants_destroy(&export->grants);
	gntdev_dmabuf_uncharge_export(export->uid, export->obj.domid,
				      export->grants.count - lost);
	gntdev_dmabuf_obj_end(&export->obj,
			      !lost && !atomic_read(&export->lost_user_maps));
}

static bool fences_pending(struct gntdev_dmabuf_export_obj *export)
{
	return export->fence && !dma_fence_is_signaled(export->fence);
}

/* Runs again when the last user and when the last fence is gone. */
static void end_revoked(struct gntdev_dmabuf_export_obj *export)
{
	if (!fences_pending(export) && begin_unmapping(export))
		unmap_and_release(export);
}

static void try_later(struct gntdev_dmabuf_export_obj *export)
{
	schedule_timeout_uninterruptible(msecs_to_jiffies(RETRY_MS));
	queue_revoke_work(export);
}

/* End the access of new users. Return: whether there was access until now */
static bool begin_revoking(struct gntdev_dmabuf_export_obj *export)
{
	dma_resv_assert_held(&export->resv);

	if (gntdev_dmabuf_obj_state(&export->obj) != GNTDEV_DMABUF_STATE_LIVE)
		return false;

	gntdev_dmabuf_obj_set_state(&export->obj, GNTDEV_DMABUF_STATE_REVOKING);
	return true;
}

static void revoke_work(struct work_struct *work)
{
	struct gntdev_dmabuf_export_obj *export =
		container_of(work, struct gntdev_dmabuf_export_obj, revoke_work);

	dma_resv_lock(&export->resv, NULL);
	begin_revoking(export);
	dma_resv_unlock(&export->resv);
	if (gntdev_dmabuf_obj_state(&export->obj) !=
			GNTDEV_DMABUF_STATE_REVOKING)
		goto put_export;
	if (take_away(export))
		end_revoked(export);
	else
		try_later(export);

put_export:
	gntdev_dmabuf_obj_put(&export->obj);
	/* The module's exit destroys the queue, which waits for the rest of this function. */
	module_put(THIS_MODULE);
}

static void fence_work(struct work_struct *work)
{
	struct gntdev_dmabuf_export_obj *export =
		container_of(work, struct gntdev_dmabuf_export_obj, fence_work);

	end_revoked(export);
	gntdev_dmabuf_obj_put(&export->obj);
	module_put(THIS_MODULE);
}

/**
 * gntdev_dmabuf_export_init_revoke - make a new export ready to be revoked
 * @export: the export
 */
void gntdev_dmabuf_export_init_revoke(struct gntdev_dmabuf_export_obj *export)
{
	INIT_WORK(&export->revoke_work, revoke_work);
	INIT_WORK(&export->fence_work, fence_work);
}

/**
 * gntdev_dmabuf_export_revoke - begin to end an export that may be in use
 * @obj: the export
 *
 * A work does most of it.
 *
 * Return: 0, and no new access is given. -ERESTARTSYS if a signal came while an importer kept
 * dma_resv locked, and nothing has happened.
 */
int gntdev_dmabuf_export_revoke(struct gntdev_dmabuf_obj *obj)
{
	struct gntdev_dmabuf_export_obj *export = to_gntdev_dmabuf_export(obj);
	bool begun;

	if (dma_resv_lock_interruptible(&export->resv, NULL))
		return -ERESTARTSYS;
	begun = begin_revoking(export);
	dma_resv_unlock(&export->resv);

	/* Once it is being revoked, a work is queued whenever there is something to do. */
	if (begun)
		queue_revoke_work(export);
	return 0;
}

/**
 * gntdev_dmabuf_export_revoke_later - have an export revoked by the work
 * @obj: the export
 *
 * For a caller that must not wait for an importer that keeps dma_resv locked. Access ends when
 * the work runs.
 */
void gntdev_dmabuf_export_revoke_later(struct gntdev_dmabuf_obj *obj)
{
	queue_revoke_work(to_gntdev_dmabuf_export(obj));
}

/**
 * gntdev_dmabuf_export_unused - a mapping of a device or of the kernel is gone
 * @export: the export, with its dma_resv locked
 */
void gntdev_dmabuf_export_unused(struct gntdev_dmabuf_export_obj *export)
{
	if (gntdev_dmabuf_obj_state(&export->obj) ==
			GNTDEV_DMABUF_STATE_REVOKING && !is_used(export))
		queue_revoke_work(export);
}

/**
 * gntdev_dmabuf_export_destroy - end an export that never got a dma-buf
 * @export: the export
 *
 * This does not wait for the peer. The pages have no users.
 */
void gntdev_dmabuf_export_destroy(struct gntdev_dmabuf_export_obj *export)
{
	gntdev_dmabuf_obj_set_state(&export->obj,
				    GNTDEV_DMABUF_STATE_UNMAPPING);
	unmap_and_release(export);
}

/**
 * gntdev_dmabuf_export_release - the last user of an export's dma-buf is gone
 * @dmabuf: the dma-buf
 */
void gntdev_dmabuf_export_release(struct dma_buf *dmabuf)
{
	struct gntdev_dmabuf_export_obj *export = dmabuf->priv;
	bool live;

	WARN_ON(is_used(export));
	WARN_ON(atomic_read(&export->nr_vmas));

	dma_resv_lock(&export->resv, NULL);
	export->dmabuf = NULL;
	/* If it is being revoked the work unmaps it. */
	live = gntdev_dmabuf_obj_state(&export->obj) == GNTDEV_DMABUF_STATE_LIVE;
	if (live)
		gntdev_dmabuf_obj_set_state(&export->obj,
					    GNTDEV_DMABUF_STATE_UNMAPPING);
	dma_resv_unlock(&export->resv);

	if (live)
		unmap_and_release(export);
	gntdev_dmabuf_obj_put(&export->obj);
}

/**
 * gntdev_dmabuf_revoke_init - for the module's start
 *
 * Return: 0 or -ENOMEM
 */
int gntdev_dmabuf_revoke_init(void)
{
	/* Freezable: a work is not interrupted by a save while it unmaps. */
	revoke_queue = alloc_workqueue("xen-gntdev-revoke",
				       WQ_UNBOUND | WQ_FREEZABLE, 0);
	return revoke_queue ? 0 : -ENOMEM;
}

/**
 * gntdev_dmabuf_revoke_exit - for the module's end
 */
void gntdev_dmabuf_revoke_exit(void)
{
	destroy_workqueue(revoke_queue);
}
