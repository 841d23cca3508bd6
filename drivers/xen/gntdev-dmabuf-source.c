// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: the dma-buf behind an import. This is the only file
 * that attaches to another driver's dma-buf and reads its mapping.
 *
 * The buffer is mapped for a device of our own, whose DMA addresses are the domain's
 * pseudo-physical ones. The pages behind the scatterlist are not used.
 */

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pfn.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>

#include <xen/page.h>
#include <xen/pseudo-phys-dma.h>
#include <xen/xen.h>

#include "gntdev-dmabuf-private.h"

/* Check so many pages before another task may run. */
#define CHECK_PAGES	4096

static struct device *source_device;
static struct device_dma_parameters source_dma_parms;

/**
 * gntdev_dmabuf_source_init - for the module's start
 *
 * Return: 0 or a negative errno. After 0, gntdev_dmabuf_source_exit() is due.
 */
int gntdev_dmabuf_source_init(void)
{
	struct device *dev;

	dev = root_device_register("xen-gntdev-dmabuf");
	if (IS_ERR(dev))
		return PTR_ERR(dev);

	dev->dma_parms = &source_dma_parms;
	dma_set_max_seg_size(dev, UINT_MAX);
	xen_dma_use_pseudo_phys(dev);
	source_device = dev;
	return 0;
}

/**
 * gntdev_dmabuf_source_exit - for the module's end
 */
void gntdev_dmabuf_source_exit(void)
{
	root_device_unregister(source_device);
}

/*
 * The exporter calls this before the memory is moved or goes away. The mapping is kept until the
 * last reference is ended, as the peer may use the pages until then.
 *
 * dma_buf_attach_revocable() takes this operation as a promise to unmap in bounded time, which
 * only the peer could give. Exporters that rely on the promise share device memory, which is
 * refused before a reference is granted.
 */
static void source_invalidated(struct dma_buf_attachment *attach)
{
	struct gntdev_dmabuf_source *source = attach->importer_priv;

	dma_resv_assert_held(attach->dmabuf->resv);

	/* Pinning and mapping may move the memory, before there is a mapping of it. */
	if (source->sgt)
		source->invalidated(source);
}

static const struct dma_buf_attach_ops source_attach_ops = {
	.invalidate_mappings = source_invalidated,
};

/* Dynamic importers have to wait for fences of the exporter, such as those of a move. */
static int wait_for_exporter(struct dma_resv *resv)
{
	long left;

	left = dma_resv_wait_timeout(resv, DMA_RESV_USAGE_KERNEL, true,
				     MAX_SCHEDULE_TIMEOUT);
	return left < 0 ? left : 0;
}

static int pin_and_map(struct gntdev_dmabuf_source *source)
{
	struct dma_buf_attachment *attach = source->attach;
	struct sg_table *sgt;
	int err;

	dma_resv_assert_held(source->dmabuf->resv);

	err = dma_buf_pin(attach);
	if (err)
		return err;

	sgt = dma_buf_map_attachment(attach, source->dir);
	if (IS_ERR(sgt)) {
		err = PTR_ERR(sgt);
		goto unpin;
	}

	err = wait_for_exporter(source->dmabuf->resv);
	if (err)
		goto unmap;

	source->sgt = sgt;
	return 0;

unmap:
	dma_buf_unmap_attachment(attach, sgt, source->dir);
unpin:
	dma_buf_unpin(attach);
	return err;
}

/* The device refuses peer-to-peer memory with the errno that the DMA API has for it. */
static int map_errno(int err)
{
	return err == -EREMOTEIO ? -EOPNOTSUPP : err;
}

/**
 * gntdev_dmabuf_source_map - pin and map a dma-buf
 * @source: what is known of it, zeroed except for the dma-buf and the callback
 * @readonly: the peer will only read
 *
 * Return: 0 or a negative errno. In both cases gntdev_dmabuf_source_release() is due.
 */
int gntdev_dmabuf_source_map(struct gntdev_dmabuf_source *source, bool readonly)
{
	struct dma_buf_attachment *attach;
	int err;

	attach = dma_buf_dynamic_attach(source->dmabuf, source_device,
					&source_attach_ops, source);
	if (IS_ERR(attach))
		return map_errno(PTR_ERR(attach));

	source->attach = attach;
	source->dir = readonly ? DMA_TO_DEVICE : DMA_BIDIRECTIONAL;

	err = dma_resv_lock_interruptible(source->dmabuf->resv, NULL);
	if (err)
		return err;
	err = pin_and_map(source);
	dma_resv_unlock(source->dmabuf->resv);
	return map_errno(err);
}

/**
 * gntdev_dmabuf_source_release - unmap, unpin, detach and put a dma-buf
 * @source: the dma-buf, mapped or not. No peer may have access to it any more
 */
void gntdev_dmabuf_source_release(struct gntdev_dmabuf_source *source)
{
	struct dma_buf *dmabuf = source->dmabuf;

	if (source->sgt) {
		dma_resv_lock(dmabuf->resv, NULL);
		dma_buf_unmap_attachment(source->attach, source->sgt, source->dir);
		source->sgt = NULL;
		dma_buf_unpin(source->attach);
		dma_resv_unlock(dmabuf->resv);
	}
	if (source->attach)
		dma_buf_detach(dmabuf, source->attach);
	dma_buf_put(dmabuf);
}

/* Reserved pages are holes, firmware's, devices', or RAM that was set aside at boot. */
static bool is_reserved_ram(unsigned long pfn)
{
	return region_intersects(PFN_PHYS(pfn), PAGE_SIZE, IORESOURCE_SYSTEM_RAM,
				 IORES_DESC_NONE) == REGION_INTERSECTS;
}

/*
 * In a PV domain the p2m tells. The flag for foreign pages is set there for DMA memory as well, if
 * its machine frames were exchanged. In all domains it has another meaning for pages that can be
 * swapped.
 */
static bool is_foreign(unsigned long pfn, struct page *page)
{
	if (xen_pv_domain())
		return bfn_to_local_pfn(pfn_to_bfn(pfn)) != pfn;

	return PageForeign(page) && !folio_test_swapbacked(page_folio(page));
}

/* Is this RAM of the domain, and not a grant that is mapped there? */
static bool is_own_ram(unsigned long pfn)
{
	struct page *page;

	if (!pfn_valid(pfn))
		return false;

	page = pfn_to_page(pfn);
	if (is_zone_device_page(page) || is_foreign(pfn, page))
		return false;

	return !PageReserved(page) || is_reserved_ram(pfn);
}

static int check_pages(unsigned long pfn, unsigned long count)
{
	unsigned long i;

	for (i = 0; i < count; i++) {
		if (!is_own_ram(pfn + i))
			return -EOPNOTSUPP;
		if (i % CHECK_PAGES == CHECK_PAGES - 1)
			cond_resched();
	}
	return 0;
}

/**
 * gntdev_dmabuf_source_check - can these pages of a dma-buf be granted?
 * @source: the dma-buf, which is mapped
 * @first: the first page
 * @count: how many pages
 *
 * Return: 0; -EINVAL if a segment does not begin and end at a page boundary, or if the segments
 * are shorter than the dma-buf; -EOPNOTSUPP if a page is not RAM of this domain
 */
int gntdev_dmabuf_source_check(struct gntdev_dmabuf_source *source,
			       unsigned long first, unsigned long count)
{
	unsigned long from, to, pages, end = first + count, at = 0;
	struct scatterlist *sg;
	int err, i;

	for_each_sgtable_dma_sg(source->sgt, sg, i) {
		if (!PAGE_ALIGNED(sg_dma_address(sg) | sg_dma_len(sg)))
			return -EINVAL;

		pages = sg_dma_len(sg) >> PAGE_SHIFT;
		from = max(first, at);
		to = min(end, at + pages);
		if (from < to) {
			err = check_pages(PHYS_PFN(sg_dma_address(sg)) + from - at,
					  to - from);
			if (err)
				return err;
		}

		at += pages;
		if (at >= end)
			return 0;
		cond_resched();
	}
	return -EINVAL;
}

/**
 * gntdev_dmabuf_source_seek - begin to walk over the pages of a dma-buf
 * @source: the dma-buf, for which gntdev_dmabuf_source_check() has returned 0
 * @pos: out: the position
 * @first: the first page
 */
void gntdev_dmabuf_source_seek(struct gntdev_dmabuf_source *source,
			       struct gntdev_dmabuf_source_pos *pos,
			       unsigned long first)
{
	pos->sg = source->sgt->sgl;
	while (first >= sg_dma_len(pos->sg) >> PAGE_SHIFT) {
		first -= sg_dma_len(pos->sg) >> PAGE_SHIFT;
		pos->sg = sg_next(pos->sg);
	}
	pos->page = first;
}

/**
 * gntdev_dmabuf_source_next - the frame of a page, for Xen
 * @pos: the position, which advances by a page
 *
 * Return: the guest frame number
 */
unsigned long gntdev_dmabuf_source_next(struct gntdev_dmabuf_source_pos *pos)
{
	while (pos->page == sg_dma_len(pos->sg) >> PAGE_SHIFT) {
		pos->sg = sg_next(pos->sg);
		pos->page = 0;
	}
	return pfn_to_gfn(PHYS_PFN(sg_dma_address(pos->sg)) + pos->page++);
}
