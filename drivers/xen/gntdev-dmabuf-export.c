// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: a dma-buf made of a peer's grants.
 */

#include <linux/dma-buf.h>
#include <linux/dma-fence.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <xen/xen.h>

#include "gntdev-dmabuf-private.h"
#include "gntdev-dmabuf-trace.h"

/**
 * struct gntdev_dmabuf_mapping - an export mapped for a device
 * @node: in gntdev_dmabuf_export_obj::mappings
 * @dev: the device
 * @dir: how it is mapped, which need not be how it was asked for
 * @sgt: what the importer has got. Made for this mapping, and for no other one
 */
struct gntdev_dmabuf_mapping {
	struct list_head node;
	struct device *dev;
	enum dma_data_direction dir;
	struct sg_table sgt;
};

static bool export_is_readonly(struct gntdev_dmabuf_export_obj *export)
{
	return export->flags & GNTDEV_DMABUF_EXPORT_READONLY;
}

static int export_attach(struct dma_buf *dmabuf,
			 struct dma_buf_attachment *attach)
{
	struct gntdev_dmabuf_export_obj *export = dmabuf->priv;

	/* Only to tell the importer early. The state counts when it maps, under dma_resv. */
	if (!gntdev_dmabuf_export_live(export))
		return -ENODEV;

	if (export->flags & GNTDEV_DMABUF_EXPORT_REVOCABLE &&
	    !dma_buf_attach_revocable(attach))
		return -EOPNOTSUPP;

	atomic_inc(&export->nr_attachments);
	return 0;
}

static void export_detach(struct dma_buf *dmabuf,
			  struct dma_buf_attachment *attach)
{
	struct gntdev_dmabuf_export_obj *export = dmabuf->priv;

	atomic_dec(&export->nr_attachments);
}

/* The longest run of pages that the device takes in one piece. */
static unsigned int max_seg_pages(struct device *dev)
{
	return max(dma_get_max_seg_size(dev) >> PAGE_SHIFT, 1);
}

static int fill_sgt(struct sg_table *sgt, struct gntdev_dmabuf_grants *grants,
		    unsigned int max_pages)
{
	unsigned int i, run, nents = 0;
	struct scatterlist *sg;
	int err;

	for (i = 0; i < grants->count; i += run) {
		run = gntdev_dmabuf_grants_run(grants, i, max_pages);
		nents++;
	}

	err = sg_alloc_table(sgt, nents, GFP_KERNEL_ACCOUNT);
	if (err)
		return err;

	sg = sgt->sgl;
	for (i = 0; i < grants->count; i += run) {
		run = gntdev_dmabuf_grants_run(grants, i, max_pages);
		sg_set_page(sg, grants->pages[i], run << PAGE_SHIFT, 0);
		sg = sg_next(sg);
	}
	return 0;
}

/*
 * The device reaches the pages where they are, or not at all: a bounce buffer would not follow
 * what the peer or a process writes, and its sync would overwrite that.
 */
static int map_in_place(struct gntdev_dmabuf_mapping *mapping)
{
	struct sg_table *sgt = &mapping->sgt;
	int err;

	/*
	 * Synced separately: the same pages may be mapped for another device already, which
	 * the DMA API takes for a mistake unless syncs are the caller's business.
	 */
	err = dma_map_sgtable(mapping->dev, sgt, mapping->dir,
			      DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_NO_BOUNCE);
	if (err)
		return err;

	dma_sync_sgtable_for_device(mapping->dev, sgt, mapping->dir);
	return 0;
}

/*
 * A device that reads and writes may as well only read. The exporter cannot know
 * whether it will: many importers always ask for both.
 */
static int export_dma_direction(struct gntdev_dmabuf_export_obj *export,
				enum dma_data_direction *dir)
{
	if (!valid_dma_direction(*dir))
		return -EINVAL;
	if (!export_is_readonly(export))
		return 0;
	if (*dir == DMA_FROM_DEVICE)
		return -EACCES;
	*dir = DMA_TO_DEVICE;
	return 0;
}

static struct sg_table *
export_map_dma_buf(struct dma_buf_attachment *attach,
		   enum dma_data_direction dir)
{
	struct gntdev_dmabuf_export_obj *export = attach->dmabuf->priv;
	struct gntdev_dmabuf_mapping *mapping;
	int err;

	dma_resv_assert_held(attach->dmabuf->resv);

	if (!gntdev_dmabuf_export_live(export))
		return ERR_PTR(-ENODEV);

	err = export_dma_direction(export, &dir);
	if (err)
		return ERR_PTR(err);

	mapping = kzalloc_obj(*mapping, GFP_KERNEL_ACCOUNT);
	if (!mapping)
		return ERR_PTR(-ENOMEM);
	mapping->dev = attach->dev;
	mapping->dir = dir;

	err = fill_sgt(&mapping->sgt, &export->grants,
		       max_seg_pages(attach->dev));
	if (err)
		goto free_mapping;

	err = map_in_place(mapping);
	if (err)
		goto free_sgt;

	list_add(&mapping->node, &export->mappings);
	trace_gntdev_dmabuf_map_device(export->obj.id, attach->dev,
				       mapping->sgt.nents);
	return &mapping->sgt;

free_sgt:
	sg_free_table(&mapping->sgt);
free_mapping:
	kfree(mapping);
	return ERR_PTR(err);
}

/*
 * The peer writes through the CPU's caches and knows nothing of the device, so that what it
 * has written must not be discarded when the caches are invalidated for the CPU. An
 * invalidation by a Xen domain does not discard it: stage 2 translation makes it clean the
 * caches as well. This needs instructions of the domain, as the DMA API uses them for a list.
 * Xen's hypercall for the same purpose does discard.
 *
 * Nothing is mapped any more where the grants of a restored domain were.
 */
static void sync_for_cpu(struct gntdev_dmabuf_export_obj *export,
			 struct gntdev_dmabuf_mapping *mapping)
{
	if (!gntdev_dmabuf_grants_lost(&export->grants))
		dma_sync_sgtable_for_cpu(mapping->dev, &mapping->sgt, mapping->dir);
}

static void sync_for_device(struct gntdev_dmabuf_export_obj *export,
			    struct gntdev_dmabuf_mapping *mapping)
{
	if (!gntdev_dmabuf_grants_lost(&export->grants))
		dma_sync_sgtable_for_device(mapping->dev, &mapping->sgt, mapping->dir);
}

static void export_unmap_dma_buf(struct dma_buf_attachment *attach,
				 struct sg_table *sgt,
				 enum dma_data_direction dir)
{
	struct gntdev_dmabuf_export_obj *export = attach->dmabuf->priv;
	struct gntdev_dmabuf_mapping *mapping =
		container_of(sgt, struct gntdev_dmabuf_mapping, sgt);

	dma_resv_assert_held(attach->dmabuf->resv);

	list_del(&mapping->node);
	sync_for_cpu(export, mapping);
	dma_unmap_sgtable(mapping->dev, sgt, mapping->dir,
			  DMA_ATTR_SKIP_CPU_SYNC);
	sg_free_table(sgt);
	kfree(mapping);
	gntdev_dmabuf_export_unused(export);
}

/*
 * The dma-buf core waits for the same fences, but only after begin_cpu_access(). Data that a
 * device writes between the sync and its fence would be hidden by stale cache lines.
 */
static int wait_for_devices(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	bool write = dir == DMA_BIDIRECTIONAL || dir == DMA_TO_DEVICE;
	long ret;

	ret = dma_resv_wait_timeout(dmabuf->resv, dma_resv_usage_rw(write),
				    true, MAX_SCHEDULE_TIMEOUT);
	return ret < 0 ? ret : 0;
}

/*
 * Each device's mapping is synced in the direction that it was mapped in, whatever
 * the CPU is about to do: this is right for every access, at worst too much.
 *
 * dma_resv is held for a time that depends on the size of the buffer and the number of its
 * mappings, both of which are this domain's choice, and not on what the peer does.
 */
static int export_begin_cpu_access(struct dma_buf *dmabuf,
				   enum dma_data_direction dir)
{
	struct gntdev_dmabuf_export_obj *export = dmabuf->priv;
	struct gntdev_dmabuf_mapping *mapping;
	int err;

	err = wait_for_devices(dmabuf, dir);
	if (err)
		return err;

	err = dma_resv_lock_interruptible(dmabuf->resv, NULL);
	if (err)
		return err;
	list_for_each_entry(mapping, &export->mappings, node)
		sync_for_cpu(export, mapping);
	dma_resv_unlock(dmabuf->resv);
	return 0;
}

/* Not interruptible: few callers look at the result, or could try again. */
static int export_end_cpu_access(struct dma_buf *dmabuf,
				 enum dma_data_direction dir)
{
	struct gntdev_dmabuf_export_obj *export = dmabuf->priv;
	struct gntdev_dmabuf_mapping *mapping;

	dma_resv_lock(dmabuf->resv, NULL);
	list_for_each_entry(mapping, &export->mappings, node)
		sync_for_device(export, mapping);
	dma_resv_unlock(dmabuf->resv);
	return 0;
}

static const struct dma_buf_ops export_ops = {
	.attach = export_attach,
	.detach = export_detach,
	.map_dma_buf = export_map_dma_buf,
	.unmap_dma_buf = export_unmap_dma_buf,
	.begin_cpu_access = export_begin_cpu_access,
	.end_cpu_access = export_end_cpu_access,
	.mmap = gntdev_dmabuf_mmap,
	.vmap = gntdev_dmabuf_vmap,
	.vunmap = gntdev_dmabuf_vunmap,
	.release = gntdev_dmabuf_export_release,
};

/*
 * For exports that the kernel cannot have at one address which it may write to. The
 * core takes it for a fault of the exporter if vmap is there but fails.
 */
static const struct dma_buf_ops export_ops_without_vmap = {
	.attach = export_attach,
	.detach = export_detach,
	.map_dma_buf = export_map_dma_buf,
	.unmap_dma_buf = export_unmap_dma_buf,
	.begin_cpu_access = export_begin_cpu_access,
	.end_cpu_access = export_end_cpu_access,
	.mmap = gntdev_dmabuf_mmap,
	.release = gntdev_dmabuf_export_release,
};

/* The pages never move. An importer that pins them is told of a revocation all the same. */
static int export_pin(struct dma_buf_attachment *attach)
{
	return 0;
}

static void export_unpin(struct dma_buf_attachment *attach)
{
}

/*
 * For exports whose revocation has to be bounded: a kernel mapping could not be taken back.
 *
 * Linux before 6.15 keeps an export mapped for a dynamic importer from attach to detach, unless
 * the exporter has pin operations.
 */
static const struct dma_buf_ops export_ops_revocable = {
	.attach = export_attach,
	.detach = export_detach,
	.pin = export_pin,
	.unpin = export_unpin,
	.map_dma_buf = export_map_dma_buf,
	.unmap_dma_buf = export_unmap_dma_buf,
	.begin_cpu_access = export_begin_cpu_access,
	.end_cpu_access = export_end_cpu_access,
	.mmap = gntdev_dmabuf_mmap,
	.release = gntdev_dmabuf_export_release,
};

/**
 * gntdev_dmabuf_is_export - is this dma-buf made of another domain's pages by gntdev?
 * @dmabuf: any dma-buf
 *
 * Return: whether it is
 */
bool gntdev_dmabuf_is_export(const struct dma_buf *dmabuf)
{
	return dmabuf->ops == &export_ops ||
	       dmabuf->ops == &export_ops_without_vmap ||
	       dmabuf->ops == &export_ops_revocable;
}

/*
 * On PV, vmap() would enter the machine frames of the peer's pages into other page table
 * entries than those that the hypervisor knows of, which it does not allow.
 */
static bool has_vmap(struct gntdev_dmabuf_export_obj *export)
{
	return !export_is_readonly(export) &&
	       (gntdev_dmabuf_grants_contiguous(&export->grants) ||
		!xen_pv_domain());
}

static const struct dma_buf_ops *
export_ops_for(struct gntdev_dmabuf_export_obj *export)
{
	if (export->flags & GNTDEV_DMABUF_EXPORT_REVOCABLE)
		return &export_ops_revocable;
	return has_vmap(export) ? &export_ops : &export_ops_without_vmap;
}

static void export_query(struct gntdev_dmabuf_obj *obj,
			 struct gntdev_dmabuf_query *query)
{
	struct gntdev_dmabuf_export_obj *export = to_gntdev_dmabuf_export(obj);

	query->buffer_flags = export->flags;
	query->domid = export->grants.domid;
	query->count = export->grants.count;
	if (gntdev_dmabuf_grants_contiguous(&export->grants))
		query->properties |= GNTDEV_DMABUF_QUERY_CONTIGUOUS;
	query->attachments = atomic_read(&export->nr_attachments);
	query->user_mappings = atomic_read(&export->nr_vmas);
}

static void export_closed(struct gntdev_dmabuf_obj *obj)
{
	struct gntdev_dmabuf_export_obj *export = to_gntdev_dmabuf_export(obj);

	if (export->flags & GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE)
		gntdev_dmabuf_export_revoke_later(obj);
}

static void export_free(struct gntdev_dmabuf_obj *obj)
{
	struct gntdev_dmabuf_export_obj *export = to_gntdev_dmabuf_export(obj);

	dma_fence_put(export->fence);
	iput(export->inode);
	dma_resv_fini(&export->resv);
	kfree(export);
}

static const struct gntdev_dmabuf_obj_ops export_obj_ops = {
	.kind = GNTDEV_DMABUF_KIND_EXPORT,
	.query = export_query,
	.revoke = gntdev_dmabuf_export_revoke,
	.closed = export_closed,
	.lost = gntdev_dmabuf_export_revoke_later,
	.free = export_free,
};

/**
 * gntdev_dmabuf_export_create - make an export, with no grant mapped yet
 * @ctx: the context to make it in
 * @args: arguments of the operation EXPORT, valid ones
 * @frames: what frames will do
 *
 * Return: the export, to be destroyed by gntdev_dmabuf_export_destroy(), or an
 * ERR_PTR().
 */
struct gntdev_dmabuf_export_obj *
gntdev_dmabuf_export_create(struct gntdev_dmabuf_ctx *ctx,
			    const struct gntdev_dmabuf_export *args,
			    enum gntdev_dmabuf_frames frames)
{
	struct gntdev_dmabuf_export_obj *export;
	int err;

	export = kzalloc_obj(*export, GFP_KERNEL_ACCOUNT);
	if (!export)
		return ERR_PTR(-ENOMEM);

	dma_resv_init(&export->resv);
	gntdev_dmabuf_export_init_revoke(export);
	INIT_LIST_HEAD(&export->mappings);
	export->obj.domid = args->domid;
	export->flags = args->flags;

	err = gntdev_dmabuf_charge_export(&export->uid, args->domid, args->count);
	if (err)
		goto free_export;

	err = gntdev_dmabuf_grants_init(&export->grants, args->count,
					args->domid,
					export_is_readonly(export), frames);
	if (err)
		goto uncharge;

	err = gntdev_dmabuf_obj_init(&export->obj, ctx, &export_obj_ops);
	if (err)
		goto destroy_grants;

	return export;

destroy_grants:
	gntdev_dmabuf_grants_destroy(&export->grants);
uncharge:
	gntdev_dmabuf_uncharge_export(export->uid, args->domid, args->count);
free_export:
	dma_resv_fini(&export->resv);
	kfree(export);
	return ERR_PTR(err);
}

/* In the fdinfo of the dma-buf, where users may replace it. No name, no harm. */
static void give_name(struct gntdev_dmabuf_export_obj *export,
		      struct dma_buf *dmabuf)
{
	char *name = kasprintf(GFP_KERNEL, "xen-dom%u-%llu", export->obj.domid,
			       export->obj.id);

	spin_lock(&dmabuf->name_lock);
	dmabuf->name = name;
	spin_unlock(&dmabuf->name_lock);
}

/**
 * gntdev_dmabuf_export_wrap - put the mapped grants into a dma-buf
 * @export: the export
 *
 * Return: the dma-buf with one reference, whose release ends the export from now on
 * if it has not been revoked before. Or an ERR_PTR(), and the export is still the caller's
 * to destroy.
 */
struct dma_buf *
gntdev_dmabuf_export_wrap(struct gntdev_dmabuf_export_obj *export)
{
	struct gntdev_dmabuf_grants *grants = &export->grants;
	DEFINE_DMA_BUF_EXPORT_INFO(exp_info);
	struct dma_buf *dmabuf;

	exp_info.ops = export_ops_for(export);
	exp_info.size = (size_t)grants->count << PAGE_SHIFT;
	exp_info.flags = export_is_readonly(export) ? O_RDONLY : O_RDWR;
	exp_info.resv = &export->resv;
	exp_info.priv = export;

	dmabuf = dma_buf_export(&exp_info);
	if (IS_ERR(dmabuf))
		return dmabuf;

	give_name(export, dmabuf);
	export->inode = file_inode(dmabuf->file);
	ihold(export->inode);
	kref_get(&export->obj.kref);
	dma_resv_lock(&export->resv, NULL);
	export->dmabuf = dmabuf;
	dma_resv_unlock(&export->resv);
	gntdev_dmabuf_obj_list(&export->obj);
	return dmabuf;
}
