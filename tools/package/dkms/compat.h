/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the series adds to the kernel itself, for a module that is built for a kernel without it
 * (Linux 6.12). It is included before every file of the module.
 */

#ifndef _GNTDEV_DMABUF_COMPAT_H
#define _GNTDEV_DMABUF_COMPAT_H

/* As in the files that define it, which is after this one. */
#define pr_fmt(fmt) "xen:" KBUILD_MODNAME ": " fmt

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/file.h>
#include <linux/minmax.h>
#include <linux/notifier.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <xen/grant_table.h>
#include <xen/xen-ops.h>

/* include/linux/dma-buf.h: the names of newer kernels. */
#define invalidate_mappings	move_notify

static inline void dma_buf_fd_install(struct dma_buf *dmabuf, int fd)
{
	fd_install(fd, dmabuf->file);
}

static inline void dma_buf_invalidate_mappings(struct dma_buf *dmabuf)
{
	dma_buf_move_notify(dmabuf);
}

static inline bool dma_buf_attach_revocable(struct dma_buf_attachment *attach)
{
	return attach->importer_ops && attach->importer_ops->move_notify;
}

/* include/linux/uaccess.h */
static __always_inline __must_check int
copy_struct_to_user(void __user *dst, size_t usize, const void *src,
		    size_t ksize, bool *ignored_trailing)
{
	size_t size = min(ksize, usize);

	if (usize > size && clear_user(dst + size, usize - size))
		return -EFAULT;
	if (ignored_trailing)
		*ignored_trailing = ksize > size &&
				    memchr_inv(src + size, 0, ksize - size);
	return copy_to_user(dst, src, size) ? -EFAULT : 0;
}

/* include/linux/dma-mapping.h. A bit that this kernel does not use. */
#define DMA_ATTR_NO_BOUNCE	(1UL << 31)
int compat_map_sgtable(struct device *dev, struct sg_table *sgt,
		       enum dma_data_direction dir, unsigned long attrs);
#define dma_map_sgtable	compat_map_sgtable

/* The kernel has no contiguous frames to give. */
static inline bool xen_has_unpopulated_region(void)
{
	return false;
}

static inline int gnttab_alloc_contiguous_pages(unsigned int nr_pages,
						struct page **pages)
{
	return -ENOMEM;
}

static inline int gnttab_try_contiguous_pages(unsigned int nr_pages,
					      struct page **pages)
{
	return -ENOMEM;
}

static inline void gnttab_free_contiguous_pages(unsigned int nr_pages,
						struct page **pages)
{
}

/* The kernel itself retries what the peer has paged out, up to 32 seconds for each page. */
static inline int gnttab_try_map_refs(struct gnttab_map_grant_ref *map_ops,
				      struct gnttab_map_grant_ref *kmap_ops,
				      struct page **pages, unsigned int count)
{
	return gnttab_map_refs(map_ops, kmap_ops, pages, count);
}

/* A module cannot read the grant table, so QUERY reports that no page is mapped by the peer. */
static inline bool gnttab_ref_in_use(grant_ref_t ref)
{
	return false;
}

unsigned int gnttab_max_references(void);
void xen_dma_use_pseudo_phys(struct device *dev);

/* This kernel does not tell a resume notifier whether the suspend was cancelled. */
void compat_resume_notifier_register(struct notifier_block *nb);
void compat_resume_notifier_unregister(struct notifier_block *nb);
#define xen_resume_notifier_register	compat_resume_notifier_register
#define xen_resume_notifier_unregister	compat_resume_notifier_unregister

#endif
