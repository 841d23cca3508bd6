// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh-balloon arm64-balloon pv-balloon
 * limit: 200
 *
 * A run is made of RAM, and Xen accepts fewer of its frames than the kernel returns. The run is
 * refused with ENOMEM, and the domain gets back the frames that Xen took.
 */
#include "case.h"
#include "frames.h"
#include "ram.h"
#include "restore.h"
#include "short.h"

#define RUN	1024
#define BACK_MS	20000

/* The kernel uses batches of 512 frames. */
static const int let_through[] = { 0, 1, 511, 512, 513, 1023 };

static void check_refused(int fd, int nr, const struct ram *before)
{
	unsigned long used = frames_used();
	struct frames_run run;
	int ret, error;

	/* Limit the time of the error injection, because it applies to the whole kernel. */
	short_decrease(nr);
	ret = frames_alloc(fd, RUN, &run);
	error = errno;
	short_decrease(NOT_SHORT);

	note("%d frames of %u taken: %s", nr, RUN, ret ? strerror(error) : "a run");
	CHECK_EQ(ret, -1);
	CHECK_EQ(error, ENOMEM);
	CHECK_EQ(frames_used(), used);
	ram_wait_back(before, BACK_MS);
}

int main(void)
{
	struct frames_run run;
	struct ram before;
	unsigned int i;
	int fd;

	fd = frames_open();
	short_begin();
	ram_look(&before);
	ram_note("before", &before);
	for (i = 0; i < ARRAY_SIZE(let_through); i++)
		check_refused(fd, let_through[i], &before);

	CHECK_OK(frames_alloc(fd, RUN, &run));
	ram_wait_less(&before, RUN, 5000);
	CHECK_OK(frames_free(fd, &run));
	ram_wait_back(&before, BACK_MS);
	return CASE_PASS;
}
