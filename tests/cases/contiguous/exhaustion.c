// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv arm64
 * limit: 120
 *
 * All frames under the cap can be given out, to the last one, and none is lost: what is
 * out is what the statistics say. A run as long as the longest free one can be had, one
 * frame more cannot. In the end a whole chunk is one run again. What can never be had is
 * refused at once.
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
static unsigned long out, used_before;
static int fd;

/* True if it was had. Else it was right to refuse it. */
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
	if (stats.largest >= nr)
		FAIL("ENOMEM for %u frames with %lu in a row", nr, stats.largest);
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

static void check_longest(void)
{
	unsigned long longest = longest_free();

	CHECK(longest > 0);
	CHECK(!take((uint32_t)longest + 1));
	CHECK(take((uint32_t)longest));
}

/* Mixed runs until one is refused, then always the longest that there is. */
static void take_all(unsigned int frames)
{
	uint64_t seed = now_ns();
	unsigned int i = 0;

	while (take(1 + (uint32_t)(pattern_word(seed, i++, 0) % LONGEST)))
		;
	note("%u runs of mixed lengths, %lu frames of %u", run_count, out, frames);
	while (longest_free())
		check_longest();
	CHECK_EQ(used_before + out, frames);
	CHECK(!take(1));
}

/* With some runs given back all over, what can be had in the holes. */
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
		FAIL("a run of %u frames can be had", nr);
	if (errno != error)
		FAIL("a run of %u frames: errno %d (%m)", nr, errno);
	CHECK(now_ns() - start < AT_ONCE_NS);
	longest_free();
}

static void check_never(unsigned int frames)
{
	check_refused(0, EINVAL);
	check_refused(frames + 1, ENOMEM);
	check_refused(8 * frames, ENOMEM);
}

int main(void)
{
	unsigned int frames;

	fd = frames_open();
	used_before = frames_used();
	frames = frames_set_cap_chunks(1);
	check_never(frames);
	take_all(frames);
	check_never(frames);
	check_holes();
	while (run_count)
		give(run_count - 1);
	CHECK_EQ(longest_free(), CHUNK_FRAMES);
	CHECK(take(CHUNK_FRAMES));
	give(0);
	return CASE_PASS;
}
