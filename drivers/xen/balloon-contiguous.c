// SPDX-License-Identifier: GPL-2.0
/*
 * Contiguous runs of frames that have no memory behind them, to map other domains'
 * pages into.
 *
 * They come from sections of unpopulated address space that have no other use, so that
 * single pages, of which there are many more, do not fragment them. A section costs its struct
 * pages.
 *
 * Where there is no unpopulated address space, a run of the domain's RAM is ballooned out. It
 * becomes part of the balloon when it is freed.
 */

#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include <xen/balloon.h>
#include <xen/balloon-contiguous.h>
#include <xen/xen.h>

#include "balloon-contiguous.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "xen."

static unsigned int contiguous_limit_mb = 1024;
module_param(contiguous_limit_mb, uint, 0644);
MODULE_PARM_DESC(contiguous_limit_mb,
		 "Contiguous unpopulated frames that may be in use, in MiB");

/* Address space is added by the section. Without a region there is nothing to add. */
#ifdef CONFIG_XEN_UNPOPULATED_ALLOC
#define REGION_CHUNK	PAGES_PER_SECTION
#else
#define REGION_CHUNK	1
#endif

static struct xen_frame_pool region;

/*
 * Frames of RAM that are ballooned out for the runs in use. The count grows only under the lock.
 * Allocations of runs wait for each other there, as they compete for the same RAM.
 */
static atomic_long_t ballooned_frames;
static DEFINE_MUTEX(ballooned_lock);

static unsigned long frames_limit(void)
{
	const unsigned long per_mb = SZ_1M / PAGE_SIZE;

	return min(READ_ONCE(contiguous_limit_mb), ULONG_MAX / per_mb) * per_mb;
}

static int region_grow(struct xen_frame_pool *pool, unsigned long nr,
		       unsigned long *pfn)
{
	struct page *first = xen_create_unpopulated_region(nr);

	if (IS_ERR(first))
		return PTR_ERR(first);

	*pfn = page_to_pfn(first);
	return 0;
}

static int alloc_from_region(unsigned int nr_pages, struct page **pages,
			     unsigned long limit)
{
	unsigned long pfn;
	unsigned int i;
	int err;

	if (!region.frames)
		return -ENOMEM;

	err = xen_frame_pool_alloc(&region, nr_pages, limit, &pfn);
	if (err)
		return -ENOMEM;

	for (i = 0; i < nr_pages; i++)
		pages[i] = pfn_to_page(pfn + i);
	return 0;
}

static int alloc_from_balloon(unsigned int nr_pages, struct page **pages,
			      unsigned long limit)
{
	unsigned long used;
	int err = -ENOMEM;

	mutex_lock(&ballooned_lock);

	used = atomic_long_read(&ballooned_frames);
	if (used <= limit && nr_pages <= limit - used)
		err = xen_alloc_ballooned_run(nr_pages, pages);
	if (!err)
		atomic_long_add(nr_pages, &ballooned_frames);

	mutex_unlock(&ballooned_lock);
	return err;
}

static int alloc_run_below(unsigned int nr_pages, struct page **pages,
			   unsigned long limit)
{
	if (!nr_pages)
		return -EINVAL;

	if (xen_has_unpopulated_region())
		return alloc_from_region(nr_pages, pages, limit);
	return alloc_from_balloon(nr_pages, pages, limit);
}

/**
 * xen_alloc_unpopulated_contiguous_pages - get contiguous unpopulated pages
 * @nr_pages: how many
 * @pages: array of @nr_pages, for the pages in the order of their frames
 *
 * There is no memory behind the pages, and none is taken for them unless the kernel has
 * no unpopulated address space to offer. How many can be in use is limited by the kernel
 * parameter xen.contiguous_limit_mb.
 *
 * Context: sleeps.
 * Return: 0, -EINVAL if @nr_pages is 0, -ENOMEM if there is no such run.
 */
int xen_alloc_unpopulated_contiguous_pages(unsigned int nr_pages,
					   struct page **pages)
{
	return alloc_run_below(nr_pages, pages, frames_limit());
}

/**
 * xen_try_unpopulated_contiguous_pages - get contiguous pages that the caller can do without
 * @nr_pages: how many
 * @pages: array of @nr_pages, for the pages in the order of their frames
 *
 * Like xen_alloc_unpopulated_contiguous_pages(). Half of what the limit allows is kept for the
 * callers of that function.
 *
 * Context: sleeps.
 * Return: 0, -EINVAL if @nr_pages is 0, -ENOMEM if there is no such run in the other half.
 */
int xen_try_unpopulated_contiguous_pages(unsigned int nr_pages,
					 struct page **pages)
{
	return alloc_run_below(nr_pages, pages, frames_limit() / 2);
}

/**
 * xen_free_unpopulated_contiguous_pages - return contiguous unpopulated pages
 * @nr_pages: how many, may be 0
 * @pages: the pages: a whole run, or contiguous ones out of it
 *
 * Nothing may be mapped into the pages any more.
 *
 * Context: sleeps.
 */
void xen_free_unpopulated_contiguous_pages(unsigned int nr_pages,
					   struct page **pages)
{
	if (!nr_pages)
		return;

	if (xen_has_unpopulated_region()) {
		xen_frame_pool_free(&region, page_to_pfn(pages[0]), nr_pages);
		return;
	}

	xen_free_ballooned_pages(nr_pages, pages);
	atomic_long_sub(nr_pages, &ballooned_frames);
}

static int contiguous_show(struct seq_file *file, void *unused)
{
	long ballooned = atomic_long_read(&ballooned_frames);
	struct xen_frame_pool_stats stats;

	xen_frame_pool_stats(&region, &stats);

	seq_printf(file, "source %s\n",
		   xen_has_unpopulated_region() ? "region" : "balloon");
	seq_printf(file, "limit %lu\n", frames_limit());
	seq_printf(file, "chunks %lu\n", stats.chunks);
	seq_printf(file, "frames %lu\n", stats.frames);
	seq_printf(file, "used %lu\n", stats.used + ballooned);
	seq_printf(file, "largest %lu\n", stats.largest);
	seq_printf(file, "ballooned %ld\n", ballooned);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(contiguous);

static int __init balloon_contiguous_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;

	err = xen_frame_pool_init(&region, REGION_CHUNK, region_grow);
	if (err)
		return err;

	debugfs_create_file("contiguous", 0444,
			    debugfs_create_dir("xen-balloon", NULL), NULL,
			    &contiguous_fops);
	return 0;
}
subsys_initcall(balloon_contiguous_init);
