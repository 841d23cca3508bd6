// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv arm64 pvh-balloon arm64-balloon pv-balloon
 * limit: 400
 *
 * Runs are allocated and freed while the domain's memory target is lowered by 64 to 128 MiB and
 * restored, several times. (xl mem-set does the same through xenstore.) At the end no page is lost:
 * the balloon driver, the hypervisor and the kernel report consistent figures, which are the same
 * as before.
 */
#include <glob.h>
#include <stdio.h>

#include "case.h"
#include "frames.h"
#include "ram.h"
#include "restore.h"
#include "storm.h"

#define BLOCKS		"/sys/devices/system/memory/"
#define KB_PER_MB	1024L
#define MOVE_MS		100000
#define BACK_MS		60000

static const long less_mb[] = { 64, 128, 96, 128, 64 };

/* While the storm takes RAM, the size may be below the target at any moment, but never above. */
static void set_target(long kb)
{
	write_long(BALLOON_TARGET, kb);
	if (!WITHIN_MS(MOVE_MS, read_long(BALLOON "info/current_kb") <= kb))
		FAIL("the balloon driver has %ld KiB, target %ld KiB, after %d ms",
		     read_long(BALLOON "info/current_kb"), kb, MOVE_MS);
	sleep_ms(500);
}

/* While the storm takes RAM, the size may never reach the target. */
static void restore_target(const struct ram *before, bool is_region)
{
	bool all;

	write_long(BALLOON_TARGET, before->target_kb);
	all = WITHIN_MS(is_region ? MOVE_MS : 3000,
			read_long(BALLOON "info/current_kb") >= before->current_kb);
	CHECK(all || !is_region);
}

static void down_and_up(const struct ram *before, bool is_region)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(less_mb); i++) {
		set_target(before->target_kb - less_mb[i] * KB_PER_MB);
		/* In the other turns, do not wait for the higher target. */
		if (i & 1)
			restore_target(before, is_region);
		else
			write_long(BALLOON_TARGET, before->target_kb);
	}
}

/* The permanent cost of additional frames: for each, a struct page and the entries that map it. */
static long frames_cost(unsigned long frames)
{
	return (long)(frames * (64 + 3 * sizeof(uint64_t)) / PAGE_BYTES);
}

/*
 * The number of frames in memory blocks. The balloon driver adds blocks, which stay offline, if the
 * domain has too few pages and none is in the balloon. The unpatched driver does this as well.
 */
static unsigned long block_frames(void)
{
	unsigned long size, count;
	glob_t blocks;
	FILE *file;

	file = fopen(BLOCKS "block_size_bytes", "r");
	if (!file)
		return 0;
	REQUIRE(fscanf(file, "%lx", &size) == 1);
	fclose(file);
	REQUIRE(!glob(BLOCKS "memory[0-9]*", 0, NULL, &blocks));
	count = blocks.gl_pathc;
	globfree(&blocks);
	return count * (size / PAGE_BYTES);
}

static int64_t unknown_to_xen(const struct ram *ram)
{
	return ram->current_kb / KB_PER_PAGE - (int64_t)ram->xen_pages;
}

int main(void)
{
	struct storm storm = {
		.threads = 4,
		.slots = 4,
		.most = 4096,
	};
	struct frames_stats stats_before, stats_after;
	struct ram before, after;
	unsigned long blocks_before;
	long free_before, lost, allowed;

	keep_file(BALLOON_TARGET);
	frames_open();
	frames_set_cap_chunks(2);
	ram_look(&before);
	ram_note("before", &before);
	frames_stats(&stats_before);
	blocks_before = block_frames();
	free_before = free_pages();
	/* Without a region the runs take RAM, so make them shorter. */
	if (!stats_before.is_region)
		storm.most = 1024;

	storm_begin(&storm);
	down_and_up(&before, stats_before.is_region);
	storm_end(&storm);
	storm_note(&storm);
	/* The storm must have allocated runs. Refusals alone do not count. */
	CHECK(storm.takes > 50);

	ram_wait_back(&before, BACK_MS);
	ram_look(&after);
	ram_note("after", &after);
	CHECK_EQ(unknown_to_xen(&after), unknown_to_xen(&before));
	frames_stats(&stats_after);
	lost = free_before - free_pages();
	allowed = frames_cost(stats_after.frames - stats_before.frames) +
		  frames_cost(block_frames() - blocks_before) + 2 * FREE_SLACK;
	if (is_debug_kernel())
		allowed += 16 * FREE_SLACK;
	note("%ld pages less free, %ld allowed", lost, allowed);
	CHECK(lost < allowed);
	return CASE_PASS;
}
