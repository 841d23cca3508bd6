// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 *
 * SIGKILL ends a process in the old wait, for any length of the wait. On unpatched kernels the
 * process stays in the wait until the buffer is released. MAINLINE=1 expects this.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"

#define PAGES	2

static struct guest guest;
static struct guest_pages pages;

static pid_t start_waiter(int fd, uint32_t ms)
{
	pid_t child = fork();

	REQUIRE(child >= 0);
	if (child)
		return child;
	/* Only the parent still holds the buffer. */
	close(fd);
	gntdev_old_wait(guest.gntdev, (uint32_t)fd, ms);
	_exit(9);
}

static bool is_reaped(pid_t child)
{
	int status;

	if (waitpid(child, &status, WNOHANG) != child)
		return false;
	CHECK(WIFSIGNALED(status));
	return true;
}

static void kill_waiter(uint32_t ms)
{
	int fd = old_export_pages(&guest, &pages, 0);
	pid_t child = start_waiter(fd, ms);

	REQUIRE(WITHIN_MS(5000, task_state(child, child) == 'D'));
	REQUIRE(!kill(child, SIGKILL));
	if (is_mainline()) {
		sleep_ms(2000);
		CHECK(!is_reaped(child));
		CHECK_EQ(task_state(child, child), 'D');
		note("reproduced: in state D 2 s after SIGKILL, wait of %u ms", ms);
	} else {
		CHECK(WITHIN_MS(5000, is_reaped(child)));
	}
	old_export_close(&guest, fd);
	if (is_mainline())
		CHECK(WITHIN_MS(5000, is_reaped(child)));
}

int main(void)
{
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	kill_waiter(GNTDEV_OLD_WAIT_FOREVER);
	kill_waiter(20000);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
