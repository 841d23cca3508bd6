// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen-test-exporter: makes dma-bufs with segments of several kinds, of its own RAM or of the
 * pages of another dma-buf. It can refuse to pin or map them, can invalidate their mappings, and
 * can have a device that is not coherent: see exporter.h.
 */

#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/iosys-map.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#include "exporter.h"

#define MAX_PAGES	1024

/**
 * struct exporter_buf - a dma-buf
 * @args: what it was made of
 * @memory: the kernel's address of its pages
 * @view: what an incoherent device sees instead, or NULL
 * @wrapped: the dma-buf that the pages are of, or NULL
 * @map: the kernel mapping of @wrapped
 * @pins: how often it is pinned
 * @mappings: how often it is mapped
 */
struct exporter_buf {
	struct exporter_make args;
	void *memory;
	void *view;
	struct dma_buf *wrapped;
	struct iosys_map map;
	atomic_t pins;
	atomic_t mappings;
};

/**
 * struct exporter_file - an open file
 * @lock: one operation at a time
 * @dmabuf: a reference to its dma-buf, or NULL
 */
struct exporter_file {
	struct mutex lock;
	struct dma_buf *dmabuf;
};

/* ---- memory */

static size_t bytes_of(const struct exporter_buf *buf)
{
	return (size_t)buf->args.count << PAGE_SHIFT;
}

static int alloc_ram(struct exporter_buf *buf)
{
	buf->memory = alloc_pages_exact(bytes_of(buf), GFP_KERNEL | __GFP_ZERO);
	return buf->memory ? 0 : -ENOMEM;
}

static struct page *page_at(const struct exporter_buf *buf, size_t at)
{
	void *address = buf->memory + at;

	return is_vmalloc_addr(address) ? vmalloc_to_page(address) : virt_to_page(address);
}

static int wrap(struct exporter_buf *buf)
{
	struct dma_buf *wrapped;
	int err;

	wrapped = dma_buf_get(buf->args.wrapped);
	if (IS_ERR(wrapped))
		return PTR_ERR(wrapped);
	err = wrapped->size < bytes_of(buf) ? -EINVAL : dma_buf_vmap_unlocked(wrapped, &buf->map);
	if (err)
		goto put_wrapped;
	err = -EINVAL;
	if (buf->map.is_iomem)
		goto unmap;
	buf->memory = buf->map.vaddr;
	buf->wrapped = wrapped;
	return 0;

unmap:
	dma_buf_vunmap_unlocked(wrapped, &buf->map);
put_wrapped:
	dma_buf_put(wrapped);
	return err;
}

static void free_buf(struct exporter_buf *buf)
{
	if (buf->wrapped) {
		dma_buf_vunmap_unlocked(buf->wrapped, &buf->map);
		dma_buf_put(buf->wrapped);
	} else {
		free_pages_exact(buf->memory, bytes_of(buf));
	}
	kvfree(buf->view);
	kfree(buf);
}

static struct exporter_buf *alloc_buf(const struct exporter_make *args)
{
	struct exporter_buf *buf;
	int err;

	buf = kzalloc(sizeof(*buf), GFP_KERNEL);
	if (!buf)
		return ERR_PTR(-ENOMEM);
	buf->args = *args;
	err = -ENOMEM;
	if (args->incoherent) {
		buf->view = kvzalloc(bytes_of(buf), GFP_KERNEL);
		if (!buf->view)
			goto free_buf;
	}
	err = args->wrapped < 0 ? alloc_ram(buf) : wrap(buf);
	if (err)
		goto free_buf;
	return buf;

free_buf:
	kvfree(buf->view);
	kfree(buf);
	return ERR_PTR(err);
}

/* ---- the dma-buf */

static void invalidate(struct dma_buf *dmabuf)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
	dma_buf_move_notify(dmabuf);
#else
	dma_buf_invalidate_mappings(dmabuf);
#endif
}

static int buf_pin(struct dma_buf_attachment *attach)
{
	struct exporter_buf *buf = attach->dmabuf->priv;

	if (buf->args.pin_errno)
		return -(int)buf->args.pin_errno;
	if (buf->args.moves)
		invalidate(attach->dmabuf);
	atomic_inc(&buf->pins);
	return 0;
}

static void buf_unpin(struct dma_buf_attachment *attach)
{
	struct exporter_buf *buf = attach->dmabuf->priv;

	atomic_dec(&buf->pins);
}

static void set_segments(const struct exporter_buf *buf, struct sg_table *sgt)
{
	size_t length = buf->args.kind == EXPORTER_HALVES ? PAGE_SIZE / 2 : PAGE_SIZE;
	struct scatterlist *sg;
	size_t at = 0;
	int i;

	for_each_sgtable_sg(sgt, sg, i) {
		sg_set_page(sg, page_at(buf, at), length, offset_in_page(at));
		at += length;
	}
}

static unsigned int count_segments(const struct exporter_buf *buf)
{
	switch (buf->args.kind) {
	case EXPORTER_HALVES:
		return buf->args.count * 2;
	case EXPORTER_SHORT:
		return buf->args.count - 1;
	default:
		return buf->args.count;
	}
}

static struct sg_table *make_table(const struct exporter_buf *buf)
{
	struct sg_table *sgt;
	int err;

	sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	if (!sgt)
		return ERR_PTR(-ENOMEM);
	err = sg_alloc_table(sgt, count_segments(buf), GFP_KERNEL);
	if (err) {
		kfree(sgt);
		return ERR_PTR(err);
	}
	set_segments(buf, sgt);
	return sgt;
}

static void free_table(struct sg_table *sgt)
{
	sg_free_table(sgt);
	kfree(sgt);
}

static struct sg_table *buf_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct exporter_buf *buf = attach->dmabuf->priv;
	struct sg_table *sgt;
	int err;

	if (buf->args.map_errno)
		return ERR_PTR(-(int)buf->args.map_errno);
	sgt = make_table(buf);
	if (IS_ERR(sgt))
		return sgt;
	err = dma_map_sgtable(attach->dev, sgt, dir, 0);
	if (err) {
		free_table(sgt);
		return ERR_PTR(err);
	}
	atomic_inc(&buf->mappings);
	return sgt;
}

static void buf_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
		      enum dma_data_direction dir)
{
	struct exporter_buf *buf = attach->dmabuf->priv;

	dma_unmap_sgtable(attach->dev, sgt, dir, 0);
	free_table(sgt);
	atomic_dec(&buf->mappings);
}

static int buf_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	struct exporter_buf *buf = dmabuf->priv;

	if (buf->view && dir != DMA_TO_DEVICE)
		memcpy(buf->memory, buf->view, bytes_of(buf));
	return 0;
}

static int buf_end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	struct exporter_buf *buf = dmabuf->priv;

	if (buf->view && dir != DMA_FROM_DEVICE)
		memcpy(buf->view, buf->memory, bytes_of(buf));
	return 0;
}

static int buf_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct exporter_buf *buf = dmabuf->priv;

	if (buf->wrapped || vma->vm_pgoff)
		return -EINVAL;
	return remap_pfn_range(vma, vma->vm_start, page_to_pfn(page_at(buf, 0)),
			       vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

static void buf_release(struct dma_buf *dmabuf)
{
	free_buf(dmabuf->priv);
}

static const struct dma_buf_ops buf_ops = {
	.pin = buf_pin,
	.unpin = buf_unpin,
	.map_dma_buf = buf_map,
	.unmap_dma_buf = buf_unmap,
	.begin_cpu_access = buf_begin_cpu_access,
	.end_cpu_access = buf_end_cpu_access,
	.mmap = buf_mmap,
	.release = buf_release,
};

static struct dma_buf *make(const struct exporter_make *args)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct exporter_buf *buf;
	struct dma_buf *dmabuf;

	buf = alloc_buf(args);
	if (IS_ERR(buf))
		return ERR_CAST(buf);
	info.ops = &buf_ops;
	info.size = bytes_of(buf);
	info.flags = O_RDWR;
	info.priv = buf;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf))
		free_buf(buf);
	return dmabuf;
}

/* ---- the device */

static bool is_valid(const struct exporter_make *args)
{
	return args->kind <= EXPORTER_SHORT && args->count && args->count <= MAX_PAGES &&
	       (args->kind != EXPORTER_SHORT || args->count > 1) &&
	       args->pin_errno <= MAX_ERRNO && args->map_errno <= MAX_ERRNO &&
	       args->moves <= 1 && args->incoherent <= 1;
}

static long exporter_make(struct exporter_file *file, void __user *user)
{
	struct exporter_make args;
	struct dma_buf *dmabuf;
	int fd;

	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	if (!is_valid(&args))
		return -EINVAL;
	if (file->dmabuf)
		return -EBUSY;
	dmabuf = make(&args);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	/* One reference is the descriptor's. */
	get_dma_buf(dmabuf);
	fd = dma_buf_fd(dmabuf, O_CLOEXEC);
	if (fd < 0) {
		dma_buf_put(dmabuf);
		dma_buf_put(dmabuf);
		return fd;
	}
	file->dmabuf = dmabuf;
	args.fd = fd;
	return copy_to_user(user, &args, sizeof(args)) ? -EFAULT : 0;
}

static long exporter_usage(struct exporter_file *file, void __user *user)
{
	struct exporter_usage usage;
	struct exporter_buf *buf;

	if (!file->dmabuf)
		return -EINVAL;
	buf = file->dmabuf->priv;
	usage.pins = atomic_read(&buf->pins);
	usage.mappings = atomic_read(&buf->mappings);
	return copy_to_user(user, &usage, sizeof(usage)) ? -EFAULT : 0;
}

static long exporter_invalidate(struct exporter_file *file)
{
	if (!file->dmabuf)
		return -EINVAL;
	dma_resv_lock(file->dmabuf->resv, NULL);
	invalidate(file->dmabuf);
	dma_resv_unlock(file->dmabuf->resv);
	return 0;
}

static long exporter_view(struct exporter_file *file, void __user *user, bool write)
{
	struct exporter_view args;
	struct exporter_buf *buf;
	void __user *memory;

	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	buf = file->dmabuf ? file->dmabuf->priv : NULL;
	if (!buf || !buf->view)
		return -EINVAL;
	memory = u64_to_user_ptr(args.memory);
	if (write)
		return copy_from_user(buf->view, memory, bytes_of(buf)) ? -EFAULT : 0;
	return copy_to_user(memory, buf->view, bytes_of(buf)) ? -EFAULT : 0;
}

static long exporter_ioctl(struct file *filp, unsigned int cmd, unsigned long argument)
{
	struct exporter_file *file = filp->private_data;

	guard(mutex)(&file->lock);
	switch (cmd) {
	case EXPORTER_MAKE:
		return exporter_make(file, (void __user *)argument);
	case EXPORTER_USAGE:
		return exporter_usage(file, (void __user *)argument);
	case EXPORTER_INVALIDATE:
		return exporter_invalidate(file);
	case EXPORTER_DEVICE_READ:
		return exporter_view(file, (void __user *)argument, false);
	case EXPORTER_DEVICE_WRITE:
		return exporter_view(file, (void __user *)argument, true);
	default:
		return -ENOTTY;
	}
}

static int exporter_open(struct inode *inode, struct file *filp)
{
	struct exporter_file *file;

	file = kzalloc(sizeof(*file), GFP_KERNEL);
	if (!file)
		return -ENOMEM;
	mutex_init(&file->lock);
	filp->private_data = file;
	return 0;
}

static int exporter_release(struct inode *inode, struct file *filp)
{
	struct exporter_file *file = filp->private_data;

	if (file->dmabuf)
		dma_buf_put(file->dmabuf);
	mutex_destroy(&file->lock);
	kfree(file);
	return 0;
}

static const struct file_operations exporter_fops = {
	.owner = THIS_MODULE,
	.open = exporter_open,
	.release = exporter_release,
	.unlocked_ioctl = exporter_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice exporter_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen-test-exporter",
	.fops = &exporter_fops,
};

module_misc_device(exporter_misc);
MODULE_DESCRIPTION("Test: a driver that makes dma-bufs");
MODULE_LICENSE("GPL");
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(DMA_BUF);
#else
MODULE_IMPORT_NS("DMA_BUF");
#endif
