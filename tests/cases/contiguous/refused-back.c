// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh-balloon arm64-balloon pv-balloon
 * limit: 240
 *
 * A run is made of RAM, and Xen does not return all of its frames when it is freed. The balloon
 * driver, Xen and the kernel report the missing frames as ballooned. They return when Xen gives
 * memory again. First a probe in the kernel refuses the frames. Then Xen itself does, because of
 * the domain's maximum size.
 */
#include "case.h"
#include "frames.h"
#include "ram.h"
#include "restore.h"
#include "short.h"

#define RUN	1024
#define GIVEN	100	/* frames that the probe allows Xen to return */
#define STAY_MS	5000
#define BACK_MS	60000

static int fd;
static struct ram before;

static void take(struct frames_run *run)
{
	CHECK_OK(frames_alloc(fd, RUN, run));
	ram_wait_less(&before, RUN, 5000);
}

/* Checks that @pages pages are in the balloon and stay there. */
static void check_missing(long pages)
{
	struct ram short_of = before;
	struct frames_stats stats;

	short_of.ballooned_kb += pages * KB_PER_PAGE;
	ram_wait_less(&short_of, pages, BACK_MS);
	sleep_ms(STAY_MS);
	ram_wait_less(&short_of, pages, 0);
	frames_stats(&stats);
	CHECK_EQ(stats.used, 0);
	CHECK_EQ(stats.ballooned, 0);
}

/*
 * By now the balloon driver has stopped its retries or waits longer and longer between them. It
 * tries again if the target changes. Lower the target first, because a higher one would add memory
 * to the domain.
 */
static bool come_back_after_kick(void)
{
	long missing;

	write_long(BALLOON_TARGET, before.target_kb - KB_PER_PAGE);
	sleep_ms(1000);
	write_long(BALLOON_TARGET, before.target_kb);
	sleep_ms(1000);
	missing = before.current_kb - read_long(BALLOON "info/current_kb");
	note("%ld KiB missing", missing);
	return !missing;
}

static void check_comes_back(void)
{
	if (!WITHIN_MS(BACK_MS, come_back_after_kick()))
		note("the memory does not return");
	ram_wait_back(&before, 1000);
}

static void refused_by_probe(void)
{
	struct frames_run run;

	/* Also prevent the balloon driver from returning other pages meanwhile. */
	short_increase(0);
	take(&run);
	short_increase(GIVEN);
	CHECK_OK(frames_free(fd, &run));
	check_missing(RUN - GIVEN);
	short_increase(NOT_SHORT);
	check_comes_back();
}

static void refused_by_xen(void)
{
	uint64_t most = xen_max_pages();
	struct frames_run run;

	xen_set_max_pages(xen_pages() - RUN);
	take(&run);
	CHECK_OK(frames_free(fd, &run));
	check_missing(RUN);
	xen_set_max_pages(most);
	check_comes_back();
}

int main(void)
{
	keep_file(BALLOON_TARGET);
	xen_keep_max_pages();
	fd = frames_open();
	short_begin();
	ram_look(&before);
	ram_note("before", &before);
	refused_by_probe();
	if (xen_keeps_frames())
		return CASE_PASS;
	note("now Xen refuses the frames");
	refused_by_xen();
	return CASE_PASS;
}
