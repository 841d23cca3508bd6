// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: exports of a domain that was saved and restored.
 *
 * What such a domain had mapped of other domains is not there any more, and the handles
 * of these mappings mean nothing, or something else. So nothing is unmapped, and nobody
 * may use the frames as if there were something: the exports are revoked.
 */

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/workqueue.h>

#include <xen/xen-ops.h>

#include "gntdev-dmabuf-private.h"

/* Taken before dma_resv. Guards @exports and gntdev_dmabuf_export_obj::node. */
static DEFINE_MUTEX(exports_lock);
static LIST_HEAD(exports);

/* How often this domain was restored. */
static atomic_t restored;

/**
 * gntdev_dmabuf_lifetime - which of its lives is this domain in?
 *
 * Return: a number that changes when the domain is restored
 */
unsigned int gntdev_dmabuf_lifetime(void)
{
	return atomic_read(&restored);
}

/**
 * gntdev_dmabuf_export_list - have an export revoked when the domain is restored
 * @export: the export, which has got a dma-buf
 */
void gntdev_dmabuf_export_list(struct gntdev_dmabuf_export_obj *export)
{
	guard(mutex)(&exports_lock);
	list_add(&export->node, &exports);
}

/**
 * gntdev_dmabuf_export_unlist - the export is coming to its end by itself
 * @export: the export, whether it is listed or not
 */
void gntdev_dmabuf_export_unlist(struct gntdev_dmabuf_export_obj *export)
{
	guard(mutex)(&exports_lock);
	list_del_init(&export->node);
}

/* Who is on the list has not ended, so that there is no need for a reference. */
static void revoke_all(struct work_struct *work)
{
	struct gntdev_dmabuf_export_obj *export;

	guard(mutex)(&exports_lock);
	list_for_each_entry(export, &exports, node)
		gntdev_dmabuf_export_revoke(&export->obj);
}

static DECLARE_WORK(revoke_all_work, revoke_all);

/*
 * Everybody is frozen, and devices are suspended. Whatever looks from now on sees that the
 * exports are lost; taking them away is for when processes run again.
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

static struct notifier_block resume_nb = {
	.notifier_call = domain_resumed,
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
