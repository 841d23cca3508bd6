// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: buffers of a domain that was saved and restored.
 *
 * After a restore, no page of another domain is mapped, and the handles of the earlier
 * mappings are invalid or stand for something else. So nothing is unmapped. The exports are
 * revoked, because their frames are empty.
 *
 * The grant table is a new one as well, and no other domain has access by the references of
 * imports. The memory is that of the restored domain: what the peer still has mapped are the pages
 * of the one that was saved. So the end of imports, which begins now, finds no reference in use.
 *
 * If a toolstack resumes the domain that it has suspended, and says that it was restored, imports
 * end as their peers unmap the pages. The frames of exports are given back although the peer's
 * pages are still mapped there: nothing tells this from a restore. xl does not do this.
 */

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/workqueue.h>

#include <xen/xen-ops.h>

#include "gntdev-dmabuf-private.h"

/* Guards @objs and gntdev_dmabuf_obj::node. A buffer that is listed is not freed. */
static DEFINE_MUTEX(objs_lock);
static LIST_HEAD(objs);

/* How many times this domain was restored. */
static atomic_t restored;

/**
 * gntdev_dmabuf_lifetime - tell lifetimes between restores of this domain apart
 *
 * Return: a number that changes when the domain is restored
 */
unsigned int gntdev_dmabuf_lifetime(void)
{
	return atomic_read(&restored);
}

/**
 * gntdev_dmabuf_obj_list - have a buffer revoked when the domain is restored
 * @obj: the buffer
 */
void gntdev_dmabuf_obj_list(struct gntdev_dmabuf_obj *obj)
{
	guard(mutex)(&objs_lock);
	list_add(&obj->node, &objs);
}

/**
 * gntdev_dmabuf_obj_unlist - take a buffer that ends off the list
 * @obj: the buffer, whether it is listed or not
 */
void gntdev_dmabuf_obj_unlist(struct gntdev_dmabuf_obj *obj)
{
	guard(mutex)(&objs_lock);
	list_del_init(&obj->node);
}

/* A buffer leaves the list before it ends, so the list needs no references. */
static void revoke_all(struct work_struct *work)
{
	struct gntdev_dmabuf_obj *obj;

	guard(mutex)(&objs_lock);
	list_for_each_entry(obj, &objs, node)
		obj->ops->lost(obj);
}

static DECLARE_WORK(revoke_all_work, revoke_all);

/*
 * Tasks are frozen and devices are suspended. From now on gntdev_dmabuf_grants_lost() is true
 * for all exports, and gntdev_dmabuf_refs_lost() for all imports. The work revokes them when
 * tasks run again.
 */
static int domain_resumed(struct notifier_block *nb, unsigned long cancelled,
			  void *unused)
{
	if (cancelled)
		return NOTIFY_DONE;

	atomic_inc(&restored);
	queue_work(system_freezable_wq, &revoke_all_work);
	return NOTIFY_OK;
}

/* Before xenbus, which stops the chain with an error if it cannot reach xenstore. */
static struct notifier_block resume_nb = {
	.notifier_call = domain_resumed,
	.priority = 1,
};

/**
 * gntdev_dmabuf_resume_init - for the module's start
 */
void gntdev_dmabuf_resume_init(void)
{
	xen_resume_notifier_register(&resume_nb);
}

/**
 * gntdev_dmabuf_resume_exit - for the module's end
 */
void gntdev_dmabuf_resume_exit(void)
{
	xen_resume_notifier_unregister(&resume_nb);
	cancel_work_sync(&revoke_all_work);
}
