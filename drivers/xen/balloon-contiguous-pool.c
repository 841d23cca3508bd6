// SPDX-License-Identifier: GPL-2.0
/*
 * Contiguous runs of frames out of a pool. A frame is a number here, nothing touches
 * what it stands for.
 */

#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/genalloc.h>
#include <linux/lockdep.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/numa.h>

#include "balloon-contiguous.h"

/* One unit of the allocator is one frame, and its addresses are frame numbers. */
#define UNIT_ORDER	0

#if IS_ENABLED(CONFIG_XEN_BALLOON_CONTIGUOUS_KUNIT_TEST)
#define EXPORT_SYMBOL_FOR_TEST(symbol)	EXPORT_SYMBOL_GPL(symbol)
#else
#define EXPORT_SYMBOL_FOR_TEST(symbol)
#endif

/**
 * xen_frame_pool_init - make an empty pool
 * @pool: the pool
 * @chunk: the pool grows by multiples of so many frames
 * @grow: where it gets them, see &struct xen_frame_pool
 *
 * Return: 0 or -ENOMEM.
 */
int xen_frame_pool_init(struct xen_frame_pool *pool, unsigned long chunk,
			int (*grow)(struct xen_frame_pool *pool,
				    unsigned long nr, unsigned long *pfn))
{
	pool->frames = gen_pool_create(UNIT_ORDER, NUMA_NO_NODE);
	if (!pool->frames)
		return -ENOMEM;

	/* The smallest gap of a chunk that is large enough: keep the large ones. */
	gen_pool_set_algo(pool->frames, gen_pool_best_fit, NULL);
	mutex_init(&pool->lock);
	pool->lost = 0;
	pool->chunk = chunk;
	pool->grow = grow;
	return 0;
}
EXPORT_SYMBOL_FOR_TEST(xen_frame_pool_init);

/**
 * xen_frame_pool_destroy - the end of a pool of which no run is taken
 * @pool: the pool
 */
void xen_frame_pool_destroy(struct xen_frame_pool *pool)
{
	gen_pool_destroy(pool->frames);
}
EXPORT_SYMBOL_FOR_TEST(xen_frame_pool_destroy);

static int pool_grow(struct xen_frame_pool *pool, unsigned long nr,
		     unsigned long limit)
{
	unsigned long size = gen_pool_size(pool->frames) + pool->lost;
	unsigned long pfn;
	int err;

	lockdep_assert_held(&pool->lock);

	nr = roundup(nr, pool->chunk);
	/* A part of a chunk that is above the limit does no harm: it stays unused. */
	if (size + nr > roundup(limit, pool->chunk))
		return -ENOMEM;

	err = pool->grow(pool, nr, &pfn);
	if (err)
		return err;

	err = gen_pool_add(pool->frames, pfn, nr, NUMA_NO_NODE);
	/* They cannot be given back. At least there is an end to it. */
	if (err)
		pool->lost += nr;
	return err;
}

/**
 * xen_frame_pool_alloc - take a run of frames
 * @pool: where from
 * @nr: how many, not 0
 * @limit: how many frames may be taken from this pool in all
 * @pfn: out: the first one
 *
 * Return: 0, -ENOMEM, or what the pool's grow() says.
 */
int xen_frame_pool_alloc(struct xen_frame_pool *pool, unsigned long nr,
			 unsigned long limit, unsigned long *pfn)
{
	unsigned long used;
	int err = 0;

	mutex_lock(&pool->lock);

	used = gen_pool_size(pool->frames) - gen_pool_avail(pool->frames);
	if (used > limit || nr > limit - used) {
		err = -ENOMEM;
		goto unlock;
	}

	*pfn = gen_pool_alloc(pool->frames, nr);
	if (*pfn)
		goto unlock;

	err = pool_grow(pool, nr, limit);
	if (err)
		goto unlock;

	*pfn = gen_pool_alloc(pool->frames, nr);
	if (!*pfn)
		err = -ENOMEM;
unlock:
	mutex_unlock(&pool->lock);
	return err;
}
EXPORT_SYMBOL_FOR_TEST(xen_frame_pool_alloc);

/**
 * xen_frame_pool_free - give a run, or a part of one, back
 * @pool: where it is from
 * @pfn: its first frame
 * @nr: how many
 */
void xen_frame_pool_free(struct xen_frame_pool *pool, unsigned long pfn,
			 unsigned long nr)
{
	/*
	 * gen_pool_free() needs no lock, but would let a run be missed that is being
	 * given back, and the pool grow for want of it.
	 */
	mutex_lock(&pool->lock);
	gen_pool_free(pool->frames, pfn, nr);
	mutex_unlock(&pool->lock);
}
EXPORT_SYMBOL_FOR_TEST(xen_frame_pool_free);

static void add_chunk(struct gen_pool *frames, struct gen_pool_chunk *chunk,
		      void *data)
{
	struct xen_frame_pool_stats *stats = data;
	unsigned long nr = chunk->end_addr - chunk->start_addr + 1;
	unsigned long start, end;

	stats->chunks++;
	stats->frames += nr;
	stats->used += nr - atomic_long_read(&chunk->avail);
	for_each_clear_bitrange(start, end, chunk->bits, nr)
		stats->largest = max(stats->largest, end - start);
}

/**
 * xen_frame_pool_stats - how is a pool used?
 * @pool: the pool
 * @stats: out: what is found, one chunk after the other. Runs may come and go meanwhile
 */
void xen_frame_pool_stats(struct xen_frame_pool *pool,
			  struct xen_frame_pool_stats *stats)
{
	*stats = (struct xen_frame_pool_stats) { };
	gen_pool_for_each_chunk(pool->frames, add_chunk, stats);
}
EXPORT_SYMBOL_FOR_TEST(xen_frame_pool_stats);
