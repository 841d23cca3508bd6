// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen-test-importer: attaches to a dma-buf, maps it as a device's driver does, and
 * tells what the device would get.
 */

#include <linux/cleanup.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/of_device.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#include "importer.h"

static struct platform_device *importer;

/* The device's limits are those of one ioctl at a time. */
static DEFINE_MUTEX(importer_lock);

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

static int map(struct importer_attach *args, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_BIDIRECTIONAL);
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);

	look(args, sgt);
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_BIDIRECTIONAL);
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

static long importer_ioctl(struct file *file, unsigned int cmd,
			   unsigned long argument)
{
	void __user *user = (void __user *)argument;
	struct importer_attach args;
	int err;

	if (cmd != IMPORTER_ATTACH)
		return -ENOTTY;
	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	if (args.pad)
		return -EINVAL;

	scoped_guard(mutex, &importer_lock) {
		dma_set_max_seg_size(&importer->dev,
				     args.max_seg_size ?: UINT_MAX);
		err = attach(&args);
	}
	if (err)
		return err;
	return copy_to_user(user, &args, sizeof(args)) ? -EFAULT : 0;
}

static const struct file_operations importer_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = importer_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice importer_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen-test-importer",
	.fops = &importer_fops,
};

/*
 * Real devices are found in the device tree or on a bus, and that is where they get
 * Xen's DMA operations from; on x86 there is nothing to get.
 */
static int init_dma(struct device *dev)
{
	int err;

	err = dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (err || !IS_ENABLED(CONFIG_ARM64))
		return err;
	return of_dma_configure(dev, NULL, true);
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
MODULE_DESCRIPTION("Test: a device that a dma-buf is mapped for");
MODULE_LICENSE("GPL");
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(DMA_BUF);
#else
MODULE_IMPORT_NS("DMA_BUF");
#endif
