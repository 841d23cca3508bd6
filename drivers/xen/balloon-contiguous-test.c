// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the pool that contiguous runs of frames are taken from. The pools here
 * have frames that do not exist: numbers, which is all that the pool knows of them.
 */

#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/prandom.h>

#include "balloon-contiguous.h"

#define CHUNK		1024UL
#define NO_LIMIT	(1024 * CHUNK)
#define FIRST_PFN	0x100000UL

/**
 * struct test_pool - a pool and what it was given
 * @pool: the pool
 * @next_pfn: where the next chunk is
 * @gap: frames between two chunks
 * @grown: how many frames were asked for
 * @grow_error: what growing says
 */
struct test_pool {
	struct xen_frame_pool pool;
	unsigned long next_pfn;
	unsigned long gap;
	unsigned long grown;
	int grow_error;
};

static int test_grow(struct xen_frame_pool *pool, unsigned long nr,
		     unsigned long *pfn)
{
	struct test_pool *test_pool =
		container_of(pool, struct test_pool, pool);

	if (test_pool->grow_error)
		return test_pool->grow_error;

	*pfn = test_pool->next_pfn;
	test_pool->next_pfn += nr + test_pool->gap;
	test_pool->grown += nr;
	return 0;
}

static int test_init(struct kunit *test)
{
	struct test_pool *test_pool;

	test_pool = kunit_kzalloc(test, sizeof(*test_pool), GFP_KERNEL);
	if (!test_pool)
		return -ENOMEM;

	test_pool->next_pfn = FIRST_PFN;
	test_pool->gap = CHUNK;
	test->priv = test_pool;
	return xen_frame_pool_init(&test_pool->pool, CHUNK, test_grow);
}

static unsigned long take(struct kunit *test, unsigned long nr)
{
	struct test_pool *test_pool = test->priv;
	unsigned long pfn = 0;

	KUNIT_EXPECT_EQ(test, 0, xen_frame_pool_alloc(&test_pool->pool, nr,
						      NO_LIMIT, &pfn));
	return pfn;
}

static void give_back(struct kunit *test, unsigned long pfn, unsigned long nr)
{
	struct test_pool *test_pool = test->priv;

	xen_frame_pool_free(&test_pool->pool, pfn, nr);
}

static struct xen_frame_pool_stats stats_of(struct kunit *test)
{
	struct test_pool *test_pool = test->priv;
	struct xen_frame_pool_stats stats;

	xen_frame_pool_stats(&test_pool->pool, &stats);
	return stats;
}

static void test_exit(struct kunit *test)
{
	struct test_pool *test_pool = test->priv;

	/* This is called even if test_init() has failed. */
	if (!test_pool || !test_pool->pool.frames)
		return;

	/* With a run left this is a BUG(). A test that has failed may leave some. */
	KUNIT_EXPECT_EQ(test, 0, stats_of(test).used);
	if (!stats_of(test).used)
		xen_frame_pool_destroy(&test_pool->pool);
}

static void starts_empty(struct kunit *test)
{
	struct xen_frame_pool_stats stats = stats_of(test);

	KUNIT_EXPECT_EQ(test, 0, stats.chunks);
	KUNIT_EXPECT_EQ(test, 0, stats.frames);
	KUNIT_EXPECT_EQ(test, 0, stats.used);
	KUNIT_EXPECT_EQ(test, 0, stats.largest);
}

static void grows_by_chunks(struct kunit *test)
{
	struct test_pool *test_pool = test->priv;
	unsigned long one, many;

	one = take(test, 1);
	KUNIT_EXPECT_EQ(test, CHUNK, test_pool->grown);
	KUNIT_EXPECT_EQ(test, FIRST_PFN, one);

	/* Larger than what is left, and than a chunk. */
	many = take(test, CHUNK + 1);
	KUNIT_EXPECT_EQ(test, 3 * CHUNK, test_pool->grown);

	give_back(test, one, 1);
	give_back(test, many, CHUNK + 1);
}

static void does_not_grow_needlessly(struct kunit *test)
{
	struct test_pool *test_pool = test->priv;
	unsigned long first, second;

	first = take(test, CHUNK / 2);
	second = take(test, CHUNK / 2);
	KUNIT_EXPECT_EQ(test, CHUNK, test_pool->grown);
	give_back(test, first, CHUNK / 2);
	give_back(test, second, CHUNK / 2);

	first = take(test, CHUNK);
	KUNIT_EXPECT_EQ(test, CHUNK, test_pool->grown);
	give_back(test, first, CHUNK);
}

static void run_stays_in_chunk(struct kunit *test)
{
	unsigned long first, second, third;

	first = take(test, CHUNK / 2 + 1);
	second = take(test, CHUNK / 2 + 1);
	third = take(test, CHUNK / 2 - 1);
	KUNIT_EXPECT_EQ(test, 2, stats_of(test).chunks);
	KUNIT_EXPECT_EQ(test, CHUNK / 2 - 1, stats_of(test).largest);

	give_back(test, first, CHUNK / 2 + 1);
	give_back(test, second, CHUNK / 2 + 1);
	give_back(test, third, CHUNK / 2 - 1);
}

static void adjoining_chunks_merge(struct kunit *test)
{
	struct test_pool *test_pool = test->priv;
	unsigned long first, second, both;

	test_pool->gap = 0;
	first = take(test, CHUNK - 1);
	second = take(test, CHUNK - 1);
	KUNIT_EXPECT_EQ(test, 1, stats_of(test).chunks);
	KUNIT_EXPECT_EQ(test, 2 * CHUNK, stats_of(test).frames);
	KUNIT_EXPECT_EQ(test, 2 * CHUNK - 2, stats_of(test).used);
	give_back(test, first, CHUNK - 1);
	give_back(test, second, CHUNK - 1);

	both = take(test, 2 * CHUNK);
	KUNIT_EXPECT_EQ(test, 2 * CHUNK, test_pool->grown);
	give_back(test, both, 2 * CHUNK);
}

static void chunk_between_two_merges(struct kunit *test)
{
	struct test_pool *test_pool = test->priv;
	unsigned long low, high, between;

	low = take(test, CHUNK);
	high = take(test, CHUNK);
	KUNIT_EXPECT_EQ(test, 2, stats_of(test).chunks);
	test_pool->next_pfn = FIRST_PFN + CHUNK;
	between = take(test, CHUNK);
	KUNIT_EXPECT_EQ(test, FIRST_PFN + CHUNK, between);
	KUNIT_EXPECT_EQ(test, 1, stats_of(test).chunks);
	KUNIT_EXPECT_EQ(test, 3 * CHUNK, stats_of(test).used);

	/* Each run still belongs to its frames. */
	give_back(test, high, CHUNK);
	KUNIT_EXPECT_EQ(test, CHUNK, stats_of(test).largest);
	KUNIT_EXPECT_EQ(test, high, take(test, CHUNK));
	give_back(test, low, CHUNK);
	give_back(test, between, CHUNK);
	KUNIT_EXPECT_EQ(test, 2 * CHUNK, stats_of(test).largest);
	give_back(test, high, CHUNK);
}

static void grows_by_what_the_limit_allows(struct kunit *test)
{
	struct test_pool *test_pool = test->priv;
	unsigned long small, large;

	/* The run fits into what is left of the first chunk and the second one. */
	test_pool->gap = 0;
	small = take(test, 1);
	KUNIT_ASSERT_EQ(test, 0,
			xen_frame_pool_alloc(&test_pool->pool, CHUNK + 1,
					     2 * CHUNK, &large));
	KUNIT_EXPECT_EQ(test, 2 * CHUNK, test_pool->grown);
	give_back(test, small, 1);
	give_back(test, large, CHUNK + 1);
}

static void grows_twice_as_large_if_fragmented(struct kunit *test)
{
	struct test_pool *test_pool = test->priv;
	unsigned long first, second, large;

	first = take(test, CHUNK);
	second = take(test, CHUNK);
	give_back(test, first, CHUNK);
	give_back(test, second, CHUNK);
	KUNIT_ASSERT_EQ(test, 0,
			xen_frame_pool_alloc(&test_pool->pool, 2 * CHUNK,
					     2 * CHUNK, &large));
	KUNIT_EXPECT_EQ(test, 4 * CHUNK, test_pool->grown);

	/* But no more frames can be in use than the limit allows. */
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			xen_frame_pool_alloc(&test_pool->pool, 1, 2 * CHUNK,
					     &first));
	give_back(test, large, 2 * CHUNK);
}

static void limit_is_kept(struct kunit *test)
{
	struct test_pool *test_pool = test->priv;
	unsigned long pfn, other;

	KUNIT_EXPECT_EQ(test, -ENOMEM,
			xen_frame_pool_alloc(&test_pool->pool, 1, 0, &pfn));
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			xen_frame_pool_alloc(&test_pool->pool, CHUNK + 1, CHUNK,
					     &pfn));
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			xen_frame_pool_alloc(&test_pool->pool, ULONG_MAX,
					     NO_LIMIT, &pfn));
	KUNIT_EXPECT_EQ(test, 0, test_pool->grown);

	/* A limit within a chunk counts frames that are taken. */
	KUNIT_ASSERT_EQ(test, 0,
			xen_frame_pool_alloc(&test_pool->pool, 10, 11, &pfn));
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			xen_frame_pool_alloc(&test_pool->pool, 2, 11, &other));
	KUNIT_EXPECT_EQ(test, 0,
			xen_frame_pool_alloc(&test_pool->pool, 1, 11, &other));
	KUNIT_EXPECT_EQ(test, 11, stats_of(test).used);

	/* It may be lowered at any time. */
	give_back(test, other, 1);
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			xen_frame_pool_alloc(&test_pool->pool, 1, 5, &other));
	give_back(test, pfn, 10);
}

static void failure_to_grow_is_told(struct kunit *test)
{
	struct test_pool *test_pool = test->priv;
	unsigned long pfn;

	test_pool->grow_error = -EBUSY;
	KUNIT_EXPECT_EQ(test, -EBUSY,
			xen_frame_pool_alloc(&test_pool->pool, 1, NO_LIMIT,
					     &pfn));
	KUNIT_EXPECT_EQ(test, 0, stats_of(test).used);

	test_pool->grow_error = 0;
	pfn = take(test, 1);
	give_back(test, pfn, 1);
}

static void parts_can_be_given_back(struct kunit *test)
{
	unsigned long run, part;

	run = take(test, CHUNK);
	give_back(test, run + 100, 50);
	KUNIT_EXPECT_EQ(test, CHUNK - 50, stats_of(test).used);
	KUNIT_EXPECT_EQ(test, 50, stats_of(test).largest);

	part = take(test, 50);
	KUNIT_EXPECT_EQ(test, run + 100, part);

	give_back(test, run, 100);
	give_back(test, part, 50);
	give_back(test, run + 150, CHUNK - 150);
	KUNIT_EXPECT_EQ(test, CHUNK, stats_of(test).largest);
}

static void smallest_gap_is_used(struct kunit *test)
{
	unsigned long run, small;

	/* Gaps of 100, then of 10 frames. */
	run = take(test, CHUNK);
	give_back(test, run + 200, 100);
	give_back(test, run + 500, 10);

	small = take(test, 10);
	KUNIT_EXPECT_EQ(test, run + 500, small);
	KUNIT_EXPECT_EQ(test, 100, stats_of(test).largest);

	give_back(test, small, 10);
	give_back(test, run, 200);
	give_back(test, run + 300, 200);
	give_back(test, run + 510, CHUNK - 510);
}

#define STORM_RUNS	64
#define STORM_TURNS	10000
#define STORM_FRAMES	(4 * CHUNK)
/* The pool becomes twice as large, and there is a gap behind each chunk. */
#define STORM_SPACE	(4 * STORM_FRAMES)

/**
 * struct storm - many runs at a time
 * @pfn: of the runs; 0: none
 * @nr: their lengths
 * @owned: which frames, counted from FIRST_PFN on, belong to one of them
 */
struct storm {
	unsigned long pfn[STORM_RUNS];
	unsigned long nr[STORM_RUNS];
	DECLARE_BITMAP(owned, STORM_SPACE);
};

static void storm_take(struct kunit *test, struct storm *storm, unsigned int i,
		       unsigned long nr)
{
	struct test_pool *test_pool = test->priv;
	unsigned long first, found;

	if (xen_frame_pool_alloc(&test_pool->pool, nr, STORM_FRAMES,
				 &storm->pfn[i])) {
		storm->pfn[i] = 0;
		return;
	}

	storm->nr[i] = nr;
	first = storm->pfn[i] - FIRST_PFN;
	KUNIT_ASSERT_LE(test, first + nr, STORM_SPACE);
	found = find_next_bit(storm->owned, first + nr, first);
	KUNIT_ASSERT_EQ(test, first + nr, found);
	bitmap_set(storm->owned, first, nr);
}

static void storm_give_back(struct kunit *test, struct storm *storm,
			    unsigned int i)
{
	bitmap_clear(storm->owned, storm->pfn[i] - FIRST_PFN, storm->nr[i]);
	give_back(test, storm->pfn[i], storm->nr[i]);
	storm->pfn[i] = 0;
}

static void run_storm(struct kunit *test)
{
	struct storm *storm = kunit_kzalloc(test, sizeof(*storm), GFP_KERNEL);
	struct rnd_state random;
	unsigned int turn, i;
	unsigned long largest;

	KUNIT_ASSERT_NOT_NULL(test, storm);
	prandom_seed_state(&random, 1);

	for (turn = 0; turn < STORM_TURNS; turn++) {
		i = prandom_u32_state(&random) % STORM_RUNS;
		if (storm->pfn[i])
			storm_give_back(test, storm, i);
		else
			storm_take(test, storm, i,
				   1 + prandom_u32_state(&random) % (CHUNK / 4));
	}
	KUNIT_EXPECT_EQ(test, bitmap_weight(storm->owned, STORM_SPACE),
			stats_of(test).used);

	for (i = 0; i < STORM_RUNS; i++)
		if (storm->pfn[i])
			storm_give_back(test, storm, i);

	KUNIT_EXPECT_EQ(test, 0, stats_of(test).used);
	KUNIT_EXPECT_GE(test, stats_of(test).largest, CHUNK);
	largest = stats_of(test).largest;
	give_back(test, take(test, largest), largest);
}

static void nothing_is_lost_in_a_storm(struct kunit *test)
{
	run_storm(test);
	KUNIT_EXPECT_EQ(test, CHUNK, stats_of(test).largest);
}

static void nothing_is_lost_when_chunks_merge(struct kunit *test)
{
	struct test_pool *test_pool = test->priv;

	test_pool->gap = 0;
	run_storm(test);
	KUNIT_EXPECT_EQ(test, 1, stats_of(test).chunks);
	KUNIT_EXPECT_EQ(test, stats_of(test).frames, stats_of(test).largest);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(starts_empty),
	KUNIT_CASE(grows_by_chunks),
	KUNIT_CASE(does_not_grow_needlessly),
	KUNIT_CASE(run_stays_in_chunk),
	KUNIT_CASE(adjoining_chunks_merge),
	KUNIT_CASE(chunk_between_two_merges),
	KUNIT_CASE(grows_by_what_the_limit_allows),
	KUNIT_CASE(grows_twice_as_large_if_fragmented),
	KUNIT_CASE(limit_is_kept),
	KUNIT_CASE(failure_to_grow_is_told),
	KUNIT_CASE(parts_can_be_given_back),
	KUNIT_CASE(smallest_gap_is_used),
	KUNIT_CASE(nothing_is_lost_in_a_storm),
	KUNIT_CASE(nothing_is_lost_when_chunks_merge),
	{}
};

static struct kunit_suite suite = {
	.name = "xen-balloon-contiguous",
	.init = test_init,
	.exit = test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);

/* MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING"), which older kernels take without quotes. */
MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("KUnit tests of Xen's pool of contiguous frames");
MODULE_LICENSE("GPL");
