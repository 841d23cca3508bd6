// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 * platforms: arm64
 *
 * The peer's pages are paged out and are not paged in (test-faults simulates this). The old export
 * fails after seconds, and SIGKILL ends it immediately. On unpatched kernels it takes half a minute
 * for each page, and SIGKILL does not end it. MAINLINE=1 expects this.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "faults.h"
#include "guest.h"
#include "hv.h"

#define PAGES		8
#define FOR_EVER	1000000000U
#define GIVES_UP_MS	15000

static struct guest guest;
static struct guest_pages pages;

static pid_t start_export(void)
{
	pid_t child = fork();

	REQUIRE(child >= 0);
	if (child)
		return child;
	guest_open_gntdev(&guest);
	fault_set(FAULT_MAP_AGAIN, FOR_EVER);
	CHECK_ERRNO(gntdev_old_export(guest.gntdev, 0, guest.domid, pages.refs, PAGES),
		    EINVAL);
	_exit(CASE_PASS);
}

/* Has the export reached the paged-out page? */
static bool is_exporting(void)
{
	unsigned int left = fault_left(FAULT_MAP_AGAIN);

	return left && left < FOR_EVER;
}

static bool is_over(pid_t child, int *status)
{
	return waitpid(child, status, WNOHANG) == child;
}

static void check_killed(void)
{
	pid_t child = start_export();
	int status;

	REQUIRE(WITHIN_MS(10000, is_exporting()));
	REQUIRE(!is_over(child, &status));
	REQUIRE(!kill(child, SIGKILL));
	if (is_mainline()) {
		sleep_ms(3000);
		CHECK(!is_over(child, &status));
		note("reproduced: still exporting 3 s after SIGKILL");
		fault_set(FAULT_MAP_AGAIN, 0);
	}
	CHECK(WITHIN_MS(5000, is_over(child, &status)));
	CHECK(WIFSIGNALED(status));
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
}

static void check_gives_up(void)
{
	uint64_t start = now_ns();
	pid_t child = start_export();
	int status;

	CHECK(WITHIN_MS(GIVES_UP_MS, is_over(child, &status)));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == CASE_PASS);
	note("failed after %llu ms",
	     (unsigned long long)((now_ns() - start) / NSEC_PER_MSEC));
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
}

int main(void)
{
	faults_begin();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	check_killed();
	if (!is_mainline())
		check_gives_up();
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
