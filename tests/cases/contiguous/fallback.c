// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh-balloon arm64-balloon pv-balloon
 * limit: 240
 *
 * Without a region, a run is made of RAM. The balloon driver, Xen and the kernel then report that
 * much less RAM for the domain. After the run is freed, all RAM returns. This is repeated, also
 * with runs longer than the blocks of the page allocator. A run larger than all RAM is refused.
 */
#include "case.h"
#include "frames.h"
#include "ram.h"

#define TURNS		20
#define BACK_MS		20000
#define AT_ONCE_NS	(5 * NSEC_PER_SEC)

static const unsigned int sizes_mb[] = { 1, 4, 8 };

static int fd;
static struct ram before;

static void check_stats(unsigned int out)
{
	struct frames_stats stats;

	frames_stats(&stats);
	CHECK(!stats.is_region);
	CHECK_EQ(stats.used, out);
	CHECK_EQ(stats.ballooned, out);
	CHECK_EQ(stats.chunks, 0);
	CHECK_EQ(stats.frames, 0);
	CHECK_EQ(stats.largest, 0);
}

static void take_and_give(unsigned int nr)
{
	struct frames_run run;

	CHECK_OK(frames_alloc(fd, nr, &run));
	check_stats(nr);
	ram_wait_less(&before, nr, 5000);
	CHECK_OK(frames_free(fd, &run));
	check_stats(0);
	ram_wait_back(&before, BACK_MS);
}

static void check_too_large(void)
{
	unsigned int all = (unsigned int)(before.total_kb / KB_PER_PAGE);
	uint64_t start = now_ns();
	struct frames_run run;

	frames_set_cap(4 * all / FRAMES_PER_MB);
	CHECK_ERRNO(frames_alloc(fd, 2 * all, &run), ENOMEM);
	CHECK(now_ns() - start < AT_ONCE_NS);
	check_stats(0);
	ram_wait_back(&before, BACK_MS);
}

int main(void)
{
	unsigned int i, turn;

	fd = frames_open();
	ram_look(&before);
	ram_note("before", &before);
	check_stats(0);
	for (i = 0; i < ARRAY_SIZE(sizes_mb); i++) {
		uint64_t start = now_ns();

		for (turn = 0; turn < TURNS; turn++)
			take_and_give(sizes_mb[i] * FRAMES_PER_MB);
		note("%u MiB: %llu ms per turn", sizes_mb[i],
		     (unsigned long long)((now_ns() - start) / NSEC_PER_MSEC / TURNS));
	}
	check_too_large();
	return CASE_PASS;
}
