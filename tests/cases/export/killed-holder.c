// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 120
 *
 * A process that holds an export, both open and mapped, is killed. The kernel releases everything,
 * and the guest can end its grants. This is repeated.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	16
#define TIMES	20

/* Reports that it is ready, then waits until it is killed. */
static void hold(struct guest *guest, struct guest_pages *pages, int ready)
{
	struct export export;
	void *memory;

	guest_open_gntdev(guest);
	export = export_pages(guest, pages, 0);
	memory = export_map(&export, PROT_READ | PROT_WRITE);
	CHECK(memory_is(memory, 0, PAGES, pages->seed));
	REQUIRE(write(ready, "x", 1) == 1);
	for (;;)
		pause();
}

static void kill_one(struct guest *guest, struct guest_pages *pages)
{
	int ready[2], status;
	pid_t child;
	char byte;

	REQUIRE(!pipe(ready));
	child = fork();
	REQUIRE(child >= 0);
	if (!child) {
		close(ready[0]);
		hold(guest, pages, ready[1]);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		FAIL("the holder ended before it was killed");
	close(ready[0]);
	REQUIRE(!kill(child, SIGKILL));
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status));
}

int main(void)
{
	struct guest_pages pages;
	struct guest guest;
	unsigned int i;

	guest_open(&guest);
	for (i = 0; i < TIMES; i++) {
		guest_share(&guest, &pages, PAGES);
		kill_one(&guest, &pages);
		if (!WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)))
			FAIL("the grants are still mapped 5 s after kill %u",
			     i + 1);
		CHECK_EQ(guest_unshare(&guest, &pages), 0);
	}
	note("killed %u holders", TIMES);
	return CASE_PASS;
}
