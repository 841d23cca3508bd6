// SPDX-License-Identifier: GPL-2.0
/*
 * Contiguous runs of frames out of a pool. A frame is a number here, nothing touches
 * what it stands for.
 */

#include <kunit/visibility.h>
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/genalloc.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/numa.h>

#include "balloon-contiguous.h"

/* One unit of the allocator is one frame, and its addresses are frame numbers. */
#define UNIT_ORDER	0

static struct gen_pool *create_frames(void)
{
	struct gen_pool *frames = gen_pool_create(UNIT_ORDER, NUMA_NO_NODE);

	/* The smallest gap of a chunk that is large enough: keep the large ones. */
	if (frames)
		gen_pool_set_algo(frames, gen_pool_best_fit, NULL);
	return frames;
}

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
	pool->frames = create_frames();
	if (!pool->frames)
		return -ENOMEM;

	mutex_init(&pool->lock);
	pool->lost = 0;
	pool->chunk = chunk;
	pool->grow = grow;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(xen_frame_pool_init);

/**
 * xen_frame_pool_destroy - the end of a pool of which no run is taken
 * @pool: the pool
 */
void xen_frame_pool_destroy(struct xen_frame_pool *pool)
{
	gen_pool_destroy(pool->frames);
}
EXPORT_SYMBOL_IF_KUNIT(xen_frame_pool_destroy);

static unsigned long chunk_size(const struct gen_pool_chunk *chunk)
{
	return chunk->end_addr - chunk->start_addr + 1;
}

/* Extend a new piece of address space by the chunks that adjoin it. */
static void extend_piece(struct xen_frame_pool *pool, unsigned long *pfn,
			 unsigned long *end)
{
	unsigned long first = *pfn, last = *end - 1;
	struct gen_pool_chunk *chunk;

	lockdep_assert_held(&pool->lock);

	list_for_each_entry(chunk, &pool->frames->chunks, next_chunk) {
		if (chunk->end_addr + 1 == first)
			*pfn = chunk->start_addr;
		if (chunk->start_addr == last + 1)
			*end = chunk->end_addr + 1;
	}
}

/* An algorithm of gen_pool: take the run that begins at this frame. */
static unsigned long take_at(unsigned long *map, unsigned long size,
			     unsigned long start, unsigned int nr, void *data,
			     struct gen_pool *frames, unsigned long start_addr)
{
	unsigned long pfn = *(unsigned long *)data;

	if (pfn < start_addr || pfn - start_addr >= size)
		return size;
	return pfn - start_addr;
}

/* Runs that are taken from a chunk are now taken from another gen_pool. */
static void move_runs(struct gen_pool *from, struct gen_pool_chunk *chunk,
		      struct gen_pool *to)
{
	unsigned long start, end, pfn;

	for_each_set_bitrange(start, end, chunk->bits, chunk_size(chunk)) {
		pfn = chunk->start_addr + start;
		gen_pool_alloc_algo(to, end - start, take_at, &pfn);
		gen_pool_free(from, pfn, end - start);
	}
}

/* Return: 0 or -ENOMEM, and the pool is as it was */
static int merge_chunks(struct xen_frame_pool *pool, unsigned long pfn,
			unsigned long end)
{
	struct gen_pool *old = pool->frames, *merged;
	struct gen_pool_chunk *chunk;
	int err;

	lockdep_assert_held(&pool->lock);

	merged = create_frames();
	if (!merged)
		return -ENOMEM;

	err = gen_pool_add(merged, pfn, end - pfn, NUMA_NO_NODE);
	list_for_each_entry(chunk, &old->chunks, next_chunk) {
		bool is_inside = chunk->start_addr >= pfn && chunk->end_addr < end;

		if (!err && !is_inside)
			err = gen_pool_add(merged, chunk->start_addr,
					   chunk_size(chunk), NUMA_NO_NODE);
	}
	if (err) {
		gen_pool_destroy(merged);
		return err;
	}

	list_for_each_entry(chunk, &old->chunks, next_chunk)
		move_runs(old, chunk, merged);
	pool->frames = merged;
	gen_pool_destroy(old);
	return 0;
}

/* Runs do not cross chunks, so a new one becomes part of those that it adjoins. */
static int add_chunk(struct xen_frame_pool *pool, unsigned long pfn,
		     unsigned long nr)
{
	unsigned long start = pfn, end = pfn + nr;

	extend_piece(pool, &start, &end);
	if (end - start > nr && !merge_chunks(pool, start, end))
		return 0;
	return gen_pool_add(pool->frames, pfn, nr, NUMA_NO_NODE);
}

/*
 * Add as many frames as the run needs or, if the pool would have more than @max then, as many as
 * it may have: they may adjoin free ones. Return: -ENOSPC if the pool has @max
 */
static int pool_grow(struct xen_frame_pool *pool, unsigned long nr,
		     unsigned long max)
{
	unsigned long size = gen_pool_size(pool->frames) + pool->lost;
	unsigned long pfn;
	int err;

	lockdep_assert_held(&pool->lock);

	max = roundup(max, pool->chunk);
	if (size >= max)
		return -ENOSPC;
	nr = min(roundup(nr, pool->chunk), max - size);

	err = pool->grow(pool, nr, &pfn);
	if (err)
		return err;

	err = add_chunk(pool, pfn, nr);
	/* They cannot be given back. At least there is an end to it. */
	if (err)
		pool->lost += nr;
	return err;
}

/* Return: -ENOSPC if the pool with @max frames has no such run */
static int grow_and_alloc(struct xen_frame_pool *pool, unsigned long nr,
			  unsigned long max, unsigned long *pfn)
{
	int err;

	err = pool_grow(pool, nr, max);
	if (err)
		return err;

	*pfn = gen_pool_alloc(pool->frames, nr);
	return *pfn ? 0 : -ENOSPC;
}

/**
 * xen_frame_pool_alloc - take a run of frames
 * @pool: where from
 * @nr: how many, not 0
 * @limit: how many frames of this pool may be taken at a time. The pool has up to twice as many
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

	/*
	 * The limit is for frames in use. If the free ones are fragmented and do not adjoin new
	 * ones, the pool may become twice as large.
	 */
	err = grow_and_alloc(pool, nr, limit, pfn);
	if (err == -ENOSPC)
		err = grow_and_alloc(pool, nr, 2 * limit, pfn);
	if (err == -ENOSPC)
		err = -ENOMEM;
unlock:
	mutex_unlock(&pool->lock);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(xen_frame_pool_alloc);

/**
 * xen_frame_pool_free - give a run, or a part of one, back
 * @pool: where it is from
 * @pfn: its first frame
 * @nr: how many
 */
void xen_frame_pool_free(struct xen_frame_pool *pool, unsigned long pfn,
			 unsigned long nr)
{
	/* The pool may be merging chunks, or may be about to grow for lack of this run. */
	mutex_lock(&pool->lock);
	gen_pool_free(pool->frames, pfn, nr);
	mutex_unlock(&pool->lock);
}
EXPORT_SYMBOL_IF_KUNIT(xen_frame_pool_free);

static void count_chunk(struct gen_pool_chunk *chunk,
			struct xen_frame_pool_stats *stats)
{
	unsigned long nr = chunk_size(chunk);
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
 * @stats: out: how it is used
 */
void xen_frame_pool_stats(struct xen_frame_pool *pool,
			  struct xen_frame_pool_stats *stats)
{
	struct gen_pool_chunk *chunk;

	*stats = (struct xen_frame_pool_stats) { };

	mutex_lock(&pool->lock);
	list_for_each_entry(chunk, &pool->frames->chunks, next_chunk)
		count_chunk(chunk, stats);
	mutex_unlock(&pool->lock);
}
EXPORT_SYMBOL_IF_KUNIT(xen_frame_pool_stats);
