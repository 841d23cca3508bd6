// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv arm64
 *
 * The statistics have all their lines, and these are consistent while runs are allocated and freed.
 * The limit follows the parameter.
 */
#include "case.h"
#include "frames.h"

static const uint32_t lengths[] = { 1, 100, 4096, 7, 20000 };

static int fd;
static unsigned long used_before;

/* @out: the number of frames that the case has allocated */
static struct frames_stats check(unsigned long out)
{
	struct frames_stats stats;

	frames_stats(&stats);
	CHECK(stats.is_region);
	CHECK_EQ(stats.used, used_before + out);
	CHECK_EQ(stats.frames % CHUNK_FRAMES, 0);
	CHECK(!stats.chunks == !stats.frames);
	CHECK(stats.chunks <= stats.frames / CHUNK_FRAMES);
	CHECK(stats.used <= stats.frames);
	CHECK(stats.largest <= stats.frames - stats.used);
	CHECK_EQ(stats.ballooned, 0);
	return stats;
}

static void check_runs(void)
{
	struct frames_run runs[ARRAY_SIZE(lengths)];
	unsigned long out = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		CHECK_OK(frames_alloc(fd, lengths[i], &runs[i]));
		out += lengths[i];
		check(out);
	}
	frames_note("all out");
	/* Free one run in parts: its front, its end and the rest. */
	CHECK_OK(frames_free_part(fd, &runs[2], 0, 1000));
	check(out -= 1000);
	CHECK_OK(frames_free_part(fd, &runs[2], lengths[2] - 96, 96));
	check(out -= 96);
	CHECK_OK(frames_free_part(fd, &runs[2], 1000, lengths[2] - 1096));
	check(out -= lengths[2] - 1096);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		if (i == 2)
			continue;
		CHECK_OK(frames_free(fd, &runs[i]));
		check(out -= lengths[i]);
	}
	CHECK_EQ(out, 0);
}

static void check_limit(unsigned int mb)
{
	frames_set_cap(mb);
	CHECK_EQ(check(0).limit, (unsigned long)mb * FRAMES_PER_MB);
}

int main(void)
{
	struct frames_stats stats;
	unsigned int cap;

	fd = frames_open();
	cap = (unsigned int)read_long(CONTIGUOUS_CAP);
	used_before = frames_used();
	stats = check(0);
	CHECK_EQ(stats.limit, (unsigned long)cap * FRAMES_PER_MB);
	check_runs();
	frames_note("none out");
	stats = check(0);
	CHECK(stats.chunks >= 1);
	/* If nothing else uses frames, a whole chunk is free. */
	if (!used_before)
		CHECK(stats.largest >= CHUNK_FRAMES);

	check_limit(300);
	check_limit(0);
	check_limit(64);
	check_limit(0xffffffffU);
	check_limit(cap);
	return CASE_PASS;
}
