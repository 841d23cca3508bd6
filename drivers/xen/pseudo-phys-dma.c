// SPDX-License-Identifier: GPL-2.0
/*
 * DMA operations of a device that is no hardware: a driver, which looks for the pages behind the
 * DMA addresses.
 *
 * The DMA address of a page is its pseudo-physical address in every kind of domain. With the
 * operations that real devices have, it is a machine address in PV domains and on Arm, or that of
 * a bounce buffer.
 */

#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/export.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>

#include <xen/pseudo-phys-dma.h>

static int pseudo_phys_map_sg(struct device *dev, struct scatterlist *sgl,
			      int nents, enum dma_data_direction dir,
			      unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i) {
		if (is_pci_p2pdma_page(sg_page(sg)))
			return -EREMOTEIO;

		sg_dma_address(sg) = sg_phys(sg);
		sg_dma_len(sg) = sg->length;
	}
	return nents;
}

/* Mapping does not look at the mask, so the device has to have all address bits. */
static int pseudo_phys_dma_supported(struct device *dev, u64 mask)
{
	return mask == DMA_BIT_MASK(64);
}

/*
 * Single pages and MMIO cannot be mapped, as there is no operation for that. Nothing is kept for a
 * mapping. There is nothing to sync: the driver sees memory through the caches of the CPU.
 */
static const struct dma_map_ops pseudo_phys_dma_ops = {
	.map_sg = pseudo_phys_map_sg,
	.dma_supported = pseudo_phys_dma_supported,
};

/**
 * xen_dma_use_pseudo_phys - let the DMA addresses of a device be pseudo-physical addresses
 * @dev: a device that is no hardware, and that nothing is mapped for. No bus may configure its
 *	DMA later
 *
 * A scatterlist that is mapped for the device from now on has page_to_phys() as its DMA
 * addresses, and is never bounced. Peer-to-peer memory is refused.
 */
void xen_dma_use_pseudo_phys(struct device *dev)
{
	set_dma_ops(dev, &pseudo_phys_dma_ops);
	WARN_ON(dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64)));
}
EXPORT_SYMBOL_GPL(xen_dma_use_pseudo_phys);
