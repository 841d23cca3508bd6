/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XEN_PSEUDO_PHYS_DMA_H
#define _XEN_PSEUDO_PHYS_DMA_H

struct device;

void xen_dma_use_pseudo_phys(struct device *dev);

#endif /* _XEN_PSEUDO_PHYS_DMA_H */
