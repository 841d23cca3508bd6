// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: an export mapped into the kernel (vmap).
 */

#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/gfp.h>
#include <linux/iosys-map.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "gntdev-dmabuf-private.h"

/*
 * A mapping of the same size for a revoked export. It reads as zeros, and writes go to a page
 * that has no other use.
 */
static void *map_nothing(struct gntdev_dmabuf_export_obj *export)
{
	unsigned int i, count = export->grants.count;
	struct page **pages;
	void *address = NULL;

	export->zero_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	pages = kvmalloc_objs(*pages, count, GFP_KERNEL);
	if (!export->zero_page || !pages)
		goto free_pages;

	for (i = 0; i < count; i++)
		pages[i] = export->zero_page;
	address = vmap(pages, count, VM_MAP, PAGE_KERNEL);

free_pages:
	kvfree(pages);
	if (!address && export->zero_page) {
		__free_page(export->zero_page);
		export->zero_page = NULL;
	}
	return address;
}

static void *map_grants(struct gntdev_dmabuf_grants *grants)
{
	if (gntdev_dmabuf_grants_contiguous(grants))
		return page_address(grants->pages[0]);
	return vmap(grants->pages, grants->count, VM_MAP, PAGE_KERNEL);
}

/**
 * gntdev_dmabuf_vmap - map an export into the kernel
 * @dmabuf: the export's
 * @map: out: where it is
 *
 * The dma-buf core counts users and asks for one mapping only.
 *
 * Return: 0 or -ENOMEM
 */
int gntdev_dmabuf_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct gntdev_dmabuf_export_obj *export = dmabuf->priv;
	void *address;
	bool live;

	dma_resv_assert_held(&export->resv);

	live = gntdev_dmabuf_export_live(export);
	address = live ? map_grants(&export->grants) : map_nothing(export);
	if (!address)
		return -ENOMEM;

	/* A mapping of the zero page does not delay the release of a revoked export. */
	export->vmapped = live;
	iosys_map_set_vaddr(map, address);
	return 0;
}

/**
 * gntdev_dmabuf_vunmap - end a mapping of the kernel's
 * @dmabuf: the export's
 * @map: where it is
 */
void gntdev_dmabuf_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct gntdev_dmabuf_export_obj *export = dmabuf->priv;

	dma_resv_assert_held(&export->resv);

	if (is_vmalloc_addr(map->vaddr))
		vunmap(map->vaddr);
	if (export->zero_page) {
		__free_page(export->zero_page);
		export->zero_page = NULL;
	}
	export->vmapped = false;
	gntdev_dmabuf_export_unused(export);
}
