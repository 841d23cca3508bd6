// SPDX-License-Identifier: GPL-2.0
/*
 * The DMA operations of drivers/xen/pseudo-phys-dma.c, which a module can set in Linux 6.12. That
 * kernel calls a missing operation to map a single page, so there is one here that refuses.
 */

#define xen_dma_use_pseudo_phys	use_pseudo_phys_dma_ops
#include "../drivers/xen/pseudo-phys-dma.c"
#undef xen_dma_use_pseudo_phys

static dma_addr_t refuse_page(struct device *dev, struct page *page,
			      unsigned long offset, size_t size,
			      enum dma_data_direction dir, unsigned long attrs)
{
	return DMA_MAPPING_ERROR;
}

void xen_dma_use_pseudo_phys(struct device *dev)
{
	static struct dma_map_ops ops;

	ops = pseudo_phys_dma_ops;
	ops.map_page = refuse_page;
	use_pseudo_phys_dma_ops(dev);
	set_dma_ops(dev, &ops);
}
