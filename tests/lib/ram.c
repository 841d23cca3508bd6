// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <xenctrl.h>

#include "case.h"
#include "ram.h"
#include "restore.h"

#define THIS_DOMAIN	0	/* cases run in Dom0 */

static long mem_total_kb(void)
{
	char line[128];
	long kb = -1;
	FILE *file;

	file = fopen("/proc/meminfo", "r");
	REQUIRE(file);
	while (kb < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "MemTotal: %ld", &kb);
	fclose(file);
	REQUIRE(kb >= 0);
	return kb;
}

static xc_interface *xen(void)
{
	static xc_interface *xc;

	if (!xc)
		xc = xc_interface_open(NULL, NULL, 0);
	REQUIRE(xc);
	return xc;
}

/* xc_domain_getinfolist() exists in all versions of the library. */
static xc_domaininfo_t xen_info(void)
{
	xc_domaininfo_t info;

	REQUIRE(xc_domain_getinfolist(xen(), THIS_DOMAIN, 1, &info) == 1);
	REQUIRE(info.domain == THIS_DOMAIN);
	return info;
}

uint64_t xen_pages(void)
{
	return xen_info().tot_pages;
}

uint64_t xen_max_pages(void)
{
	return xen_info().max_pages;
}

bool xen_keeps_frames(void)
{
	return !strncmp(platform(), "arm64", strlen("arm64"));
}

void xen_set_max_pages(uint64_t pages)
{
	REQUIRE(!xc_domain_setmaxmem(xen(), THIS_DOMAIN, pages * KB_PER_PAGE));
	REQUIRE(xen_max_pages() == pages);
}

/* Runs in another process, in which the descriptors of the case's handle are closed. */
static void restore_max_pages(void *argument)
{
	const uint64_t *pages = argument;
	xc_interface *xc;

	xc = xc_interface_open(NULL, NULL, 0);
	if (!xc || xc_domain_setmaxmem(xc, THIS_DOMAIN, *pages * KB_PER_PAGE))
		note("the domain's limit is not put back: %m");
}

void xen_keep_max_pages(void)
{
	static uint64_t pages;

	pages = xen_max_pages();
	when_over(restore_max_pages, &pages);
}

void ram_look(struct ram *ram)
{
	ram->total_kb = mem_total_kb();
	ram->current_kb = read_long(BALLOON "info/current_kb");
	ram->target_kb = read_long(BALLOON_TARGET);
	ram->ballooned_kb = read_long(BALLOON "info/low_kb") +
			    read_long(BALLOON "info/high_kb");
	ram->xen_pages = xen_pages();
}

void ram_note(const char *when, const struct ram *ram)
{
	note("%s: balloon has %ld KiB, target %ld, ballooned %ld; Xen says %" PRIu64
	     " KiB; MemTotal %ld", when, ram->current_kb, ram->target_kb,
	     ram->ballooned_kb, ram->xen_pages * KB_PER_PAGE, ram->total_kb);
}

static bool is_same(const struct ram *a, const struct ram *b)
{
	return a->total_kb == b->total_kb && a->current_kb == b->current_kb &&
	       a->target_kb == b->target_kb && a->ballooned_kb == b->ballooned_kb &&
	       a->xen_pages == b->xen_pages;
}

/* The expected accounts without @pages pages, of which the balloon has replaced some. */
static struct ram less_pages(const struct ram *before, long pages, long ballooned_kb)
{
	long kb = pages * KB_PER_PAGE - (before->ballooned_kb - ballooned_kb);
	struct ram less = *before;

	less.total_kb -= kb;
	less.current_kb -= kb;
	less.ballooned_kb = ballooned_kb;
	if (!xen_keeps_frames())
		less.xen_pages -= (uint64_t)(kb / KB_PER_PAGE);
	return less;
}

static bool is_less(const struct ram *before, long pages)
{
	struct ram now, wanted;

	ram_look(&now);
	wanted = less_pages(before, pages, now.ballooned_kb);
	return now.ballooned_kb <= before->ballooned_kb &&
	       wanted.current_kb <= before->current_kb && is_same(&now, &wanted);
}

void ram_wait_less(const struct ram *before, long pages, unsigned int ms)
{
	struct ram now;

	if (WITHIN_MS(ms, is_less(before, pages)))
		return;
	ram_look(&now);
	ram_note("before", before);
	ram_note("now", &now);
	FAIL("memory is not less by %ld pages after %u ms", pages, ms);
}

/* The balloon must also have no more pages than before, so none has been exchanged. */
void ram_wait_back(const struct ram *before, unsigned int ms)
{
	struct ram now;

	if (WITHIN_MS(ms, (ram_look(&now), is_same(&now, before))))
		return;
	ram_note("before", before);
	ram_note("now", &now);
	FAIL("memory is not as before after %u ms", ms);
}

/* The counts of the CPUs are added to those of the system only from time to time. */
static void settle(void)
{
	static const char refresh[] = "/proc/sys/vm/stat_refresh";

	write_long("/proc/sys/vm/drop_caches", 3);
	if (!access(refresh, W_OK))
		write_long(refresh, 1);
}

long free_pages(void)
{
	long sum = 0, pages;
	char line[256];
	FILE *file;

	settle();
	file = fopen("/proc/zoneinfo", "r");
	REQUIRE(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " pages free %ld", &pages) == 1 ||
		    sscanf(line, " count: %ld", &pages) == 1)
			sum += pages;
	fclose(file);
	REQUIRE(sum > 0);
	return sum;
}

bool is_debug_kernel(void)
{
	return !access("/sys/kernel/debug/kmemleak", F_OK);
}
