/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contiguous runs of frames that have no memory behind them.
 */

#ifndef _XEN_BALLOON_CONTIGUOUS_H
#define _XEN_BALLOON_CONTIGUOUS_H

#include <linux/types.h>

struct page;

int xen_alloc_unpopulated_contiguous_pages(unsigned int nr_pages,
					   struct page **pages);
int xen_try_unpopulated_contiguous_pages(unsigned int nr_pages,
					 struct page **pages);
void xen_free_unpopulated_contiguous_pages(unsigned int nr_pages,
					   struct page **pages);

#endif /* _XEN_BALLOON_CONTIGUOUS_H */
