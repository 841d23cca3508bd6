// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen-test-importer: attaches to a dma-buf, maps it as a device driver does, and reports what
 * the device would see. It can also keep the mapping, add a fence to the buffer, and unmap when
 * the exporter invalidates the mapping: see importer.h.
 *
 * Closing the file releases all resources.
 */

#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/dma-buf.h>
#include <linux/dma-fence.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/iosys-map.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/of_device.h>
#include <linux/overflow.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#include "importer.h"

static struct platform_device *importer;

/* Protects the limits of the device, which each ioctl sets for itself. */
static DEFINE_MUTEX(importer_lock);

struct importer_fence {
	struct dma_fence base;
	spinlock_t lock;
};

/**
 * struct importer_file - an open file
 * @lock: one operation at a time; taken before dma_resv
 * @dmabuf: the held dma-buf, or NULL
 * @attachment: the attachment, if it is held for the device
 * @sgt: the mapping of @attachment, NULL after it is unmapped. Protected by dma_resv
 * @map: the kernel mapping, if it is held for the kernel
 * @give_up: unmaps @sgt; takes dma_resv only
 * @invalidated: how often the exporter invalidated the mapping
 * @pins: it was attached with IMPORTER_PINNED
 * @fence: the fence that is not signalled yet, or NULL
 */
struct importer_file {
	struct mutex lock;
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attachment;
	struct sg_table *sgt;
	struct iosys_map map;
	struct work_struct give_up;
	atomic_t invalidated;
	bool pins;
	struct importer_fence *fence;
};

/*
 * Do not use dma_set_mask(). It refuses a mask that excludes even the bounce buffers, but the
 * exporter must handle such a mask as well.
 */
static void set_limits(u32 max_seg_size, u32 dma_bits)
{
	dma_set_max_seg_size(&importer->dev, max_seg_size ?: UINT_MAX);
	*importer->dev.dma_mask = DMA_BIT_MASK(dma_bits ?: 64);
}

/* ---- a temporary mapping */

static void look(struct importer_attach *args, struct sg_table *sgt)
{
	dma_addr_t end = sg_dma_address(sgt->sgl);
	struct scatterlist *sg;
	int i;

	args->nents = sgt->nents;
	args->orig_nents = sgt->orig_nents;
	args->address = sg_dma_address(sgt->sgl);
	args->length = sg_dma_len(sgt->sgl);
	args->longest = 0;
	args->total = 0;
	args->contiguous = 1;
	for_each_sgtable_dma_sg(sgt, sg, i) {
		if (sg_dma_address(sg) != end)
			args->contiguous = 0;
		end = sg_dma_address(sg) + sg_dma_len(sg);
		args->longest = max_t(u64, args->longest, sg_dma_len(sg));
		args->total += sg_dma_len(sg);
	}
}

static enum dma_data_direction direction(u32 flags)
{
	switch (flags) {
	case IMPORTER_READS:
		return DMA_TO_DEVICE;
	case IMPORTER_WRITES:
		return DMA_FROM_DEVICE;
	default:
		return DMA_BIDIRECTIONAL;
	}
}

static int map(struct importer_attach *args, struct dma_buf_attachment *attach)
{
	enum dma_data_direction dir = direction(args->flags);
	struct sg_table *sgt;

	sgt = dma_buf_map_attachment_unlocked(attach, dir);
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);

	look(args, sgt);
	dma_buf_unmap_attachment_unlocked(attach, sgt, dir);
	return 0;
}

static int attach(struct importer_attach *args)
{
	struct dma_buf_attachment *attachment;
	struct dma_buf *dmabuf;
	int err;

	dmabuf = dma_buf_get(args->fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	attachment = dma_buf_attach(dmabuf, &importer->dev);
	if (IS_ERR(attachment)) {
		err = PTR_ERR(attachment);
		goto put_dmabuf;
	}

	err = map(args, attachment);
	dma_buf_detach(dmabuf, attachment);
put_dmabuf:
	dma_buf_put(dmabuf);
	return err;
}

static long importer_attach(void __user *user)
{
	struct importer_attach args;
	int err;

	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	if (args.dma_bits > 64 || args.flags & ~(IMPORTER_READS | IMPORTER_WRITES) || args.pad)
		return -EINVAL;

	scoped_guard(mutex, &importer_lock) {
		set_limits(args.max_seg_size, args.dma_bits);
		err = attach(&args);
		set_limits(0, 0);
	}
	if (err)
		return err;
	return copy_to_user(user, &args, sizeof(args)) ? -EFAULT : 0;
}

/* ---- a mapping that is kept */

/* Under dma_resv. */
static void unmap(struct importer_file *file)
{
	dma_resv_assert_held(file->dmabuf->resv);
	if (!file->sgt)
		return;
	dma_buf_unmap_attachment(file->attachment, file->sgt, DMA_BIDIRECTIONAL);
	file->sgt = NULL;
}

static void give_up(struct work_struct *work)
{
	struct importer_file *file = container_of(work, struct importer_file, give_up);

	dma_resv_lock(file->dmabuf->resv, NULL);
	unmap(file);
	dma_resv_unlock(file->dmabuf->resv);
}

/* Called with dma_resv held. */
static void invalidate(struct dma_buf_attachment *attachment)
{
	struct importer_file *file = attachment->importer_priv;

	dma_resv_assert_held(attachment->dmabuf->resv);
	atomic_inc(&file->invalidated);
	schedule_work(&file->give_up);
}

static const struct dma_buf_attach_ops dynamic_ops = {
	.allow_peer2peer = true,
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
	.move_notify = invalidate,
#else
	.invalidate_mappings = invalidate,
#endif
};

/* As drivers of RDMA devices without page faults. */
static const struct dma_buf_attach_ops pinned_ops = {
	.allow_peer2peer = true,
};

/* A device must not access the memory before the exporter's own work on it is complete. */
static int wait_for_exporter(struct dma_buf *dmabuf)
{
	long ret = dma_resv_wait_timeout(dmabuf->resv, DMA_RESV_USAGE_KERNEL, true,
					 MAX_SCHEDULE_TIMEOUT);

	return ret < 0 ? ret : 0;
}

static int hold_mapping(struct importer_file *file)
{
	struct dma_resv *resv = file->dmabuf->resv;
	struct sg_table *sgt;
	int err;

	dma_resv_lock(resv, NULL);
	sgt = dma_buf_map_attachment(file->attachment, DMA_BIDIRECTIONAL);
	err = PTR_ERR_OR_ZERO(sgt);
	if (!err) {
		file->sgt = sgt;
		err = wait_for_exporter(file->dmabuf);
		if (err)
			unmap(file);
	}
	dma_resv_unlock(resv);
	return err;
}

/* After the detach there are no more callbacks. Wait for the work of the last one. */
static void detach(struct importer_file *file)
{
	dma_buf_detach(file->dmabuf, file->attachment);
	cancel_work_sync(&file->give_up);
	file->attachment = NULL;
}

static int pin(struct importer_file *file)
{
	int err;

	dma_resv_lock(file->dmabuf->resv, NULL);
	err = dma_buf_pin(file->attachment);
	dma_resv_unlock(file->dmabuf->resv);
	return err;
}

static void unpin(struct importer_file *file)
{
	dma_resv_lock(file->dmabuf->resv, NULL);
	dma_buf_unpin(file->attachment);
	dma_resv_unlock(file->dmabuf->resv);
}

static int hold_for_device(struct importer_file *file, const struct dma_buf_attach_ops *ops)
{
	int err;

	file->attachment = dma_buf_dynamic_attach(file->dmabuf, &importer->dev, ops, file);
	if (IS_ERR(file->attachment)) {
		err = PTR_ERR(file->attachment);
		file->attachment = NULL;
		/* In 6.12 the attach also maps. invalidate() may have run before it failed. */
		cancel_work_sync(&file->give_up);
		return err;
	}
	file->pins = ops == &pinned_ops;
	err = file->pins ? pin(file) : 0;
	if (err)
		goto detach_file;
	err = hold_mapping(file);
	if (err)
		goto unpin_file;
	return 0;

unpin_file:
	if (file->pins)
		unpin(file);
detach_file:
	detach(file);
	return err;
}

static int hold(struct importer_file *file, u32 flags)
{
	if (flags & IMPORTER_VMAP)
		return dma_buf_vmap_unlocked(file->dmabuf, &file->map);

	guard(mutex)(&importer_lock);
	if (flags & IMPORTER_PINNED)
		return hold_for_device(file, &pinned_ops);
	return hold_for_device(file, flags & IMPORTER_DYNAMIC ? &dynamic_ops : NULL);
}

static void drop(struct importer_file *file)
{
	if (file->attachment) {
		dma_resv_lock(file->dmabuf->resv, NULL);
		unmap(file);
		dma_resv_unlock(file->dmabuf->resv);
		if (file->pins)
			unpin(file);
		detach(file);
	} else {
		dma_buf_vunmap_unlocked(file->dmabuf, &file->map);
		iosys_map_clear(&file->map);
	}
	dma_buf_put(file->dmabuf);
	file->dmabuf = NULL;
}

static long importer_hold(struct importer_file *file, const void __user *user)
{
	struct importer_hold args;
	struct dma_buf *dmabuf;
	int err;

	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	if (args.flags & ~(IMPORTER_DYNAMIC | IMPORTER_VMAP | IMPORTER_PINNED) ||
	    hweight32(args.flags) > 1)
		return -EINVAL;
	if (file->dmabuf)
		return -EBUSY;
	dmabuf = dma_buf_get(args.fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	file->dmabuf = dmabuf;
	err = hold(file, args.flags);
	if (err) {
		file->dmabuf = NULL;
		dma_buf_put(dmabuf);
	}
	return err;
}

static long importer_drop(struct importer_file *file)
{
	if (!file->dmabuf)
		return -EINVAL;
	drop(file);
	return 0;
}

/* ---- access through the held mapping */

static int copy_out(struct importer_file *file, const struct importer_read *args, void *chunk)
{
	void __user *user = u64_to_user_ptr(args->buffer);
	u32 done, length;

	for (done = 0; done < args->length; done += length) {
		length = min_t(u32, args->length - done, PAGE_SIZE);
		iosys_map_memcpy_from(chunk, &file->map, args->offset + done, length);
		if (copy_to_user(user + done, chunk, length))
			return -EFAULT;
	}
	return 0;
}

static int read_vmap(struct importer_file *file, const struct importer_read *args)
{
	void *chunk;
	int err;

	chunk = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!chunk)
		return -ENOMEM;
	err = dma_buf_begin_cpu_access(file->dmabuf, DMA_FROM_DEVICE);
	if (!err) {
		err = copy_out(file, args, chunk);
		dma_buf_end_cpu_access(file->dmabuf, DMA_FROM_DEVICE);
	}
	kfree(chunk);
	return err;
}

static long importer_read(struct importer_file *file, const void __user *user)
{
	struct importer_read args;
	u64 end;

	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	if (!file->dmabuf || iosys_map_is_null(&file->map) || args.pad)
		return -EINVAL;
	if (check_add_overflow(args.offset, (u64)args.length, &end) ||
	    end > file->dmabuf->size)
		return -EINVAL;
	return read_vmap(file, &args);
}

static void list_addresses(const struct sg_table *sgt, u64 *addresses, u32 count)
{
	struct scatterlist *sg;
	u64 offset;
	u32 n = 0;
	int i;

	for_each_sgtable_dma_sg(sgt, sg, i)
		for (offset = 0; offset < sg_dma_len(sg) && n < count; offset += PAGE_SIZE)
			addresses[n++] = sg_dma_address(sg) + offset;
}

static long importer_addresses(struct importer_file *file, const void __user *user)
{
	struct importer_addresses args;
	u64 *addresses;
	long err = -EINVAL;

	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	if (args.pad || !file->dmabuf || args.count != file->dmabuf->size >> PAGE_SHIFT)
		return -EINVAL;
	addresses = kvcalloc(args.count, sizeof(*addresses), GFP_KERNEL);
	if (!addresses)
		return -ENOMEM;

	dma_resv_lock(file->dmabuf->resv, NULL);
	if (file->sgt) {
		list_addresses(file->sgt, addresses, args.count);
		err = 0;
	}
	dma_resv_unlock(file->dmabuf->resv);
	if (!err && copy_to_user(u64_to_user_ptr(args.addresses), addresses,
				 array_size(args.count, sizeof(*addresses))))
		err = -EFAULT;
	kvfree(addresses);
	return err;
}

/* Syncs like a driver that only keeps addresses. */
static long importer_sync(struct importer_file *file)
{
	struct device *dev = &importer->dev;
	struct scatterlist *sg;
	long err = -EINVAL;
	int i;

	if (!file->dmabuf)
		return err;

	dma_resv_lock(file->dmabuf->resv, NULL);
	if (file->sgt) {
		for_each_sgtable_dma_sg(file->sgt, sg, i) {
			dma_sync_single_for_device(dev, sg_dma_address(sg), sg_dma_len(sg),
						   DMA_BIDIRECTIONAL);
			dma_sync_single_for_cpu(dev, sg_dma_address(sg), sg_dma_len(sg),
						DMA_BIDIRECTIONAL);
		}
		err = 0;
	}
	dma_resv_unlock(file->dmabuf->resv);
	return err;
}

/* ---- fences */

static const char *fence_name(struct dma_fence *fence)
{
	return "xen-test-importer";
}

/* Other code may hold a reference to the fence, which keeps the module until its release. */
static void fence_release(struct dma_fence *base)
{
	struct importer_fence *fence = container_of(base, struct importer_fence, base);

	kfree_rcu(fence, base.rcu);
	module_put(THIS_MODULE);
}

static const struct dma_fence_ops fence_ops = {
	.get_driver_name = fence_name,
	.get_timeline_name = fence_name,
	.release = fence_release,
};

static struct importer_fence *fence_new(void)
{
	struct importer_fence *fence;

	fence = kzalloc(sizeof(*fence), GFP_KERNEL);
	if (!fence)
		return NULL;
	__module_get(THIS_MODULE);
	spin_lock_init(&fence->lock);
	dma_fence_init(&fence->base, &fence_ops, &fence->lock, dma_fence_context_alloc(1), 1);
	return fence;
}

static int fence_add(struct dma_resv *resv, struct dma_fence *fence,
		     enum dma_resv_usage usage)
{
	int err;

	dma_resv_lock(resv, NULL);
	err = dma_resv_reserve_fences(resv, 1);
	if (!err)
		dma_resv_add_fence(resv, fence, usage);
	dma_resv_unlock(resv);
	return err;
}

static long importer_fence(struct importer_file *file, enum dma_resv_usage usage)
{
	struct importer_fence *fence;
	int err;

	if (!file->dmabuf)
		return -EINVAL;
	if (file->fence)
		return -EBUSY;
	fence = fence_new();
	if (!fence)
		return -ENOMEM;
	err = fence_add(file->dmabuf->resv, &fence->base, usage);
	if (err) {
		/* A fence must be signalled before its last reference is dropped. */
		dma_fence_signal(&fence->base);
		dma_fence_put(&fence->base);
		return err;
	}
	file->fence = fence;
	return 0;
}

static long importer_signal(struct importer_file *file)
{
	if (!file->fence)
		return -EINVAL;
	dma_fence_signal(&file->fence->base);
	dma_fence_put(&file->fence->base);
	file->fence = NULL;
	return 0;
}

/* Behaves like a driver that holds dma_resv for a long time. */
static long importer_lock_for(struct importer_file *file, const u32 __user *user)
{
	u32 ms;

	if (get_user(ms, user))
		return -EFAULT;
	if (!file->dmabuf)
		return -EINVAL;
	dma_resv_lock(file->dmabuf->resv, NULL);
	schedule_timeout_killable(msecs_to_jiffies(ms));
	dma_resv_unlock(file->dmabuf->resv);
	return 0;
}

/* ---- DMA operations */

/*
 * Real devices get Xen's DMA operations from the device tree or their bus. On x86 there is nothing
 * to do.
 */
static int get_dma_ops(struct device *dev)
{
	return IS_ENABLED(CONFIG_ARM64) ? of_dma_configure(dev, NULL, true) : 0;
}

static long importer_configure(const void __user *user)
{
	struct importer_configure args;
	struct device *dev;
	int err;

	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	if (strnlen(args.name, sizeof(args.name)) == sizeof(args.name))
		return -EINVAL;
	dev = bus_find_device_by_name(&platform_bus_type, NULL, args.name);
	if (!dev)
		return -ENODEV;
	err = get_dma_ops(dev);
	put_device(dev);
	return err;
}

/* ---- the device */

static long importer_operation(struct importer_file *file, unsigned int cmd,
			       void __user *user)
{
	switch (cmd) {
	case IMPORTER_ATTACH:
		return importer_attach(user);
	case IMPORTER_HOLD:
		return importer_hold(file, user);
	case IMPORTER_DROP:
		return importer_drop(file);
	case IMPORTER_READ:
		return importer_read(file, user);
	case IMPORTER_FENCE:
		return importer_fence(file, DMA_RESV_USAGE_BOOKKEEP);
	case IMPORTER_FENCE_WRITE:
		return importer_fence(file, DMA_RESV_USAGE_WRITE);
	case IMPORTER_SIGNAL:
		return importer_signal(file);
	case IMPORTER_INVALIDATED:
		return put_user((u32)atomic_read(&file->invalidated), (u32 __user *)user);
	case IMPORTER_ADDRESSES:
		return importer_addresses(file, user);
	case IMPORTER_CONFIGURE:
		return importer_configure(user);
	case IMPORTER_LOCK:
		return importer_lock_for(file, user);
	case IMPORTER_SYNC:
		return importer_sync(file);
	default:
		return -ENOTTY;
	}
}

static long importer_ioctl(struct file *filp, unsigned int cmd, unsigned long argument)
{
	struct importer_file *file = filp->private_data;

	guard(mutex)(&file->lock);
	return importer_operation(file, cmd, (void __user *)argument);
}

static int importer_open(struct inode *inode, struct file *filp)
{
	struct importer_file *file;

	file = kzalloc(sizeof(*file), GFP_KERNEL);
	if (!file)
		return -ENOMEM;
	mutex_init(&file->lock);
	INIT_WORK(&file->give_up, give_up);
	filp->private_data = file;
	return 0;
}

static int importer_release(struct inode *inode, struct file *filp)
{
	struct importer_file *file = filp->private_data;

	if (file->dmabuf)
		drop(file);
	importer_signal(file);
	mutex_destroy(&file->lock);
	kfree(file);
	return 0;
}

static const struct file_operations importer_fops = {
	.owner = THIS_MODULE,
	.open = importer_open,
	.release = importer_release,
	.unlocked_ioctl = importer_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice importer_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen-test-importer",
	.fops = &importer_fops,
};

static int init_dma(struct device *dev)
{
	int err;

	err = dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (err)
		return err;
	set_limits(0, 0);
	return get_dma_ops(dev);
}

static int __init importer_init(void)
{
	int err;

	importer = platform_device_register_simple("xen-test-importer",
						   PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(importer))
		return PTR_ERR(importer);

	err = init_dma(&importer->dev);
	if (err)
		goto unregister_device;

	err = misc_register(&importer_misc);
	if (err)
		goto unregister_device;
	return 0;

unregister_device:
	platform_device_unregister(importer);
	return err;
}

static void __exit importer_exit(void)
{
	misc_deregister(&importer_misc);
	platform_device_unregister(importer);
}

module_init(importer_init);
module_exit(importer_exit);
MODULE_DESCRIPTION("Test: a device that imports a dma-buf");
MODULE_LICENSE("GPL");
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(DMA_BUF);
#else
MODULE_IMPORT_NS("DMA_BUF");
#endif
