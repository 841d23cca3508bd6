/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contiguous runs of frames out of a pool, apart from where the pool gets them.
 */

#ifndef _BALLOON_CONTIGUOUS_H
#define _BALLOON_CONTIGUOUS_H

#include <linux/mutex.h>

struct gen_pool;

/**
 * struct xen_frame_pool - frames to take contiguous runs from
 * @lock: held while a run is taken or given back, and while the pool grows, so that the
 *        caller for whom it grows gets the run
 * @frames: which frames are taken, in units of one frame
 * @lost: frames that could not be entered there when the pool was to grow
 * @chunk: the pool grows by multiples of so many frames
 * @grow: provide @nr more frames, at @pfn. 0 or a negative errno. Called with @lock
 *        held. The pool never returns them
 */
struct xen_frame_pool {
	struct mutex lock;		/* guards all but @chunk and @grow */
	struct gen_pool *frames;
	unsigned long lost;
	unsigned long chunk;
	int (*grow)(struct xen_frame_pool *pool, unsigned long nr,
		    unsigned long *pfn);
};

/**
 * struct xen_frame_pool_stats - how a pool is used, in frames
 * @chunks: how many pieces of address space it has, none of which adjoins another one; runs
 *          do not cross their borders
 * @frames: all frames in them
 * @used: those that are taken
 * @largest: the longest run that can be taken without growing
 */
struct xen_frame_pool_stats {
	unsigned long chunks;
	unsigned long frames;
	unsigned long used;
	unsigned long largest;
};

int xen_frame_pool_init(struct xen_frame_pool *pool, unsigned long chunk,
			int (*grow)(struct xen_frame_pool *pool,
				    unsigned long nr, unsigned long *pfn));
void xen_frame_pool_destroy(struct xen_frame_pool *pool);
int xen_frame_pool_alloc(struct xen_frame_pool *pool, unsigned long nr,
			 unsigned long limit, unsigned long *pfn);
void xen_frame_pool_free(struct xen_frame_pool *pool, unsigned long pfn,
			 unsigned long nr);
void xen_frame_pool_stats(struct xen_frame_pool *pool,
			  struct xen_frame_pool_stats *stats);

#endif /* _BALLOON_CONTIGUOUS_H */
