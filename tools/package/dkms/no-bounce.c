// SPDX-License-Identifier: GPL-2.0
/*
 * DMA_ATTR_NO_BOUNCE, which this kernel does not know: a mapping is undone if an address is not
 * that of the page itself.
 */

#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/iommu-dma.h>

#include <xen/page.h>
#include <xen/xen.h>

#undef dma_map_sgtable

/* Where a device may find the page: where the machine has it, and where the domain sees it. */
static dma_addr_t bus_address(struct device *dev, struct scatterlist *sg)
{
	return phys_to_dma(dev, PFN_PHYS(pfn_to_bfn(page_to_pfn(sg_page(sg)))));
}

static dma_addr_t domain_address(struct device *dev, struct scatterlist *sg)
{
	/*
	 * In PV domains that is a number which only the kernel knows: a device that has
	 * not got Xen's DMA operations for this is none of hardware.
	 */
	if (xen_pv_domain() && get_dma_ops(dev))
		return bus_address(dev, sg);
	return phys_to_dma(dev, sg_phys(sg));
}

static bool is_in_place(struct device *dev, struct sg_table *sgt)
{
	struct scatterlist *sg;
	int i;

	if (sgt->nents != sgt->orig_nents)
		return false;

	for_each_sgtable_dma_sg(sgt, sg, i)
		if (sg_dma_address(sg) != bus_address(dev, sg) &&
		    sg_dma_address(sg) != domain_address(dev, sg))
			return false;
	return true;
}

static bool is_in_reach(struct device *dev, dma_addr_t first, unsigned int length)
{
	u64 reach = min_not_zero(dma_get_mask(dev), dev->bus_dma_limit);

	return first != DMA_MAPPING_ERROR && first <= reach &&
	       length - 1 <= reach - first;
}

/* Without bounce buffers, the attempt would be warned of as a fault of the importer. */
static bool can_be_in_place(struct device *dev, struct sg_table *sgt)
{
	struct scatterlist *sg;
	int i;

	for_each_sgtable_sg(sgt, sg, i)
		if (!is_in_reach(dev, bus_address(dev, sg), sg->length) &&
		    !is_in_reach(dev, domain_address(dev, sg), sg->length))
			return false;
	return true;
}

int compat_map_sgtable(struct device *dev, struct sg_table *sgt,
		       enum dma_data_direction dir, unsigned long attrs)
{
	int err;

	attrs &= ~DMA_ATTR_NO_BOUNCE;

	/* An IOMMU gives addresses of its own, and needs no bounce buffer for whole pages. */
	if (use_dma_iommu(dev))
		return dma_map_sgtable(dev, sgt, dir, attrs);

	if (!can_be_in_place(dev, sgt))
		return -EIO;

	err = dma_map_sgtable(dev, sgt, dir, attrs);
	if (err)
		return err;

	if (is_in_place(dev, sgt))
		return 0;

	/* Without a sync, which would write the copy back. */
	dma_unmap_sgtable(dev, sgt, dir, attrs | DMA_ATTR_SKIP_CPU_SYNC);
	return -EIO;
}
