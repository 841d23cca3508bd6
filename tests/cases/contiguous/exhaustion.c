// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv arm64
 * limit: 120
 *
 * All frames below the cap can be allocated, and none is lost. The statistics have the number of
 * allocated frames. A run as long as the longest free one can be allocated, and one that exceeds
 * the cap by a frame cannot. At the end a whole chunk is one run again. Requests above the cap are
 * refused immediately.
 */
#include <stdlib.h>

#include "case.h"
#include "frames.h"
#include "pattern.h"

#define LONGEST		3000
#define MAX_RUNS	100000
#define AT_ONCE_NS	(20 * NSEC_PER_SEC)

static struct frames_run runs[MAX_RUNS];
static unsigned int run_count;
static unsigned int frames;	/* the cap */
static unsigned long out, used_before;
static int fd;

/* Allocates a run. Returns false if the allocator refuses it, and checks that it must. */
static bool take(uint32_t nr)
{
	struct frames_stats stats;

	REQUIRE(run_count < MAX_RUNS);
	if (!frames_alloc(fd, nr, &runs[run_count])) {
		run_count++;
		out += nr;
		return true;
	}
	if (errno != ENOMEM)
		FAIL("a run of %u frames: errno %d (%m)", nr, errno);
	frames_stats(&stats);
	if (stats.largest >= nr && stats.used + nr <= stats.limit)
		FAIL("ENOMEM for %u frames, but %lu contiguous ones are free", nr, stats.largest);
	return false;
}

static void give(unsigned int i)
{
	CHECK_OK(frames_free(fd, &runs[i]));
	out -= runs[i].nr;
	runs[i] = runs[--run_count];
}

static unsigned long longest_free(void)
{
	struct frames_stats stats;

	frames_stats(&stats);
	CHECK_EQ(stats.used, used_before + out);
	return stats.largest;
}

/* Returns how many frames the cap still allows. */
static unsigned long left(void)
{
	return frames - used_before - out;
}

/* Returns the length of the longest free run, limited by the cap. */
static unsigned long longest(void)
{
	unsigned long nr = longest_free();

	return nr < left() ? nr : left();
}

static void check_longest(void)
{
	CHECK(longest() > 0);
	CHECK(!take((uint32_t)left() + 1));
	CHECK(take((uint32_t)longest()));
}

/* Allocates runs of random lengths until one is refused, then always the longest possible run. */
static void take_all(void)
{
	uint64_t seed = now_ns();
	unsigned int i = 0;

	while (take(1 + (uint32_t)(pattern_word(seed, i++, 0) % LONGEST)))
		;
	note("%u runs of mixed lengths, %lu frames of %u", run_count, out, frames);
	while (left())
		check_longest();
	CHECK_EQ(used_before + out, frames);
	CHECK(!take(1));
}

/* Frees every second run, and checks allocations in the holes. */
static void check_holes(void)
{
	unsigned int i;

	for (i = 0; i < run_count; i += 2)
		give(i);
	check_longest();
}

static void check_refused(uint32_t nr, int error)
{
	uint64_t start = now_ns();
	struct frames_run run;

	if (!frames_alloc(fd, nr, &run))
		FAIL("a run of %u frames can be allocated", nr);
	if (errno != error)
		FAIL("a run of %u frames: errno %d (%m)", nr, errno);
	CHECK(now_ns() - start < AT_ONCE_NS);
	longest_free();
}

static void check_never(void)
{
	check_refused(0, EINVAL);
	check_refused(frames + 1, ENOMEM);
	check_refused(8 * frames, ENOMEM);
}

int main(void)
{
	fd = frames_open();
	used_before = frames_used();
	frames = frames_set_cap_chunks(1);
	check_never();
	take_all();
	check_never();
	check_holes();
	while (run_count)
		give(run_count - 1);
	CHECK(longest_free() >= CHUNK_FRAMES);
	CHECK(take(CHUNK_FRAMES));
	give(0);
	return CASE_PASS;
}
