// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "case.h"
#include "fail-nth.h"

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define DEBUGFS		"/sys/kernel/debug/"

static void set(const char *path, const char *value)
{
	FILE *file = fopen(path, "w");

	REQUIRE(file);
	REQUIRE(fputs(value, file) >= 0);
	REQUIRE(!fclose(file));
}

/* Allocations that may sleep count, and so do single pages. The kernel logs none of them. */
void fail_nth_begin(void)
{
	if (access(FAIL_NTH, W_OK))
		SKIP("this kernel has no fault injection");
	set(DEBUGFS "failslab/ignore-gfp-wait", "N");
	set(DEBUGFS "failslab/verbose", "0");
	set(DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N");
	set(DEBUGFS "fail_page_alloc/min-order", "0");
	set(DEBUGFS "fail_page_alloc/verbose", "0");
}

bool fail_nth(unsigned int n, int (*call)(void), int *err)
{
	char text[16];
	int fd, length;

	fd = open(FAIL_NTH, O_RDWR);
	REQUIRE(fd >= 0);
	length = snprintf(text, sizeof(text), "%u", n);
	REQUIRE(write(fd, text, length) == length);
	*err = call() ? errno : 0;
	REQUIRE(pread(fd, text, sizeof(text) - 1, 0) > 0);
	REQUIRE(write(fd, "0", 1) == 1);
	close(fd);
	return text[0] == '0';
}
