// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 120
 *
 * Processes that import, by the new and by the old ioctls, are killed at random moments. Each time
 * all references are ended and the dma-bufs are freed, by themselves. (With LONG=1 a thousand
 * times.)
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "case.h"
#include "import.h"
#include "quota.h"

#define KILLS		100
#define KILLS_LONG	1000
#define PAGES		700	/* more than one batch of references */
#define LONGEST_NS	(20 * NSEC_PER_MSEC)
#define GONE_MS		5000

static struct guest guest;

static void import_for_ever(void)
{
	static uint32_t refs[PAGES];
	unsigned int i;

	guest_open_gntdev(&guest);
	for (i = 0;; i++) {
		struct gntdev_dmabuf_import args;
		struct source source;

		source_open(&source, i % 2 ? "system" : "udmabuf", PAGES);
		args = gntdev_import_args(guest.domid, source.fd, refs, PAGES);
		CHECK_OK(gntdev_import(guest.gntdev, &args));
		CHECK_OK(gntdev_old_import(guest.gntdev, source.fd, guest.domid, refs, PAGES));
		CHECK_OK(gntdev_revoke(guest.gntdev, args.id));
		if (i % 3)
			CHECK_OK(gntdev_old_import_release(guest.gntdev, source.fd));
		source_close(&source);
	}
}

static void kill_one(unsigned int seed)
{
	struct timespec time = { .tv_nsec = (long)(rand_r(&seed) % LONGEST_NS) };
	pid_t child = fork();
	int status;

	REQUIRE(child >= 0);
	if (!child)
		import_for_ever();
	nanosleep(&time, NULL);
	REQUIRE(!kill(child, SIGKILL));
	REQUIRE(waitpid(child, &status, 0) == child);
	if (!WIFSIGNALED(status))
		FAIL("the process ended by itself");
	CHECK(WITHIN_MS(GONE_MS, imported_pages() == 0));
}

int main(void)
{
	unsigned int i, kills = is_long() ? KILLS_LONG : KILLS;

	guest_open(&guest);
	for (i = 0; i < kills; i++)
		kill_one((unsigned int)now_ns());
	note("%u processes killed", kills);
	return CASE_PASS;
}
