// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh-balloon arm64-balloon pv-balloon
 * limit: 240
 *
 * Where a run is made of RAM: Xen does not give back all of a run's frames when it is
 * freed. Those that are missing stay in the balloon, by all accounts, and come back when
 * Xen gives memory again. Refused by a probe in the kernel first, then by Xen itself,
 * which lets the domain have no more than it has.
 */
#include "case.h"
#include "frames.h"
#include "ram.h"
#include "restore.h"
#include "short.h"

#define RUN	1024
#define GIVEN	100	/* frames that the probe lets Xen give */
#define STAY_MS	5000
#define BACK_MS	60000

static int fd;
static struct ram before;

static void take(struct frames_run *run)
{
	CHECK_OK(frames_alloc(fd, RUN, run));
	ram_wait_less(&before, RUN, 5000);
}

/* So many pages are not there but in the balloon, and stay so. */
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
 * The balloon driver has given up by now, or waits for longer and longer. It tries again
 * when it has more or less to do. Not more: it would add memory to the domain.
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
		note("it does not come back");
	ram_wait_back(&before, 1000);
}

static void refused_by_probe(void)
{
	struct frames_run run;

	/* Nor may it take other pages out of the balloon meanwhile. */
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
	note("and by Xen");
	refused_by_xen();
	return CASE_PASS;
}
