// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "case.h"
#include "restore.h"
#include "trace.h"

#define TRACEFS		"/sys/kernel/tracing"
/* A trace buffer for the case only. */
#define INSTANCE	TRACEFS "/instances/xen-dmabuf-case"

static void remove_instance(void *unused)
{
	(void)unused;
	if (rmdir(INSTANCE))
		note("%s remains: %m", INSTANCE);
}

void trace_begin(const char *events)
{
	char path[128];

	if (access(TRACEFS "/instances", F_OK))
		REQUIRE(!mount("tracefs", TRACEFS, "tracefs", 0, NULL));
	when_over(remove_instance, NULL);
	REQUIRE(!mkdir(INSTANCE, 0700));
	snprintf(path, sizeof(path), INSTANCE "/events/%s/enable", events);
	write_long(path, 1);
}

void trace_forget(void)
{
	int fd = open(INSTANCE "/trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	REQUIRE(fd >= 0);
	close(fd);
}

void trace_stop(void)
{
	write_long(INSTANCE "/tracing_on", 0);
}

const char *trace_member(const char *event, const char *name)
{
	char text[32];
	const char *at;

	snprintf(text, sizeof(text), " %s=", name);
	at = strstr(event, text);
	if (!at)
		FAIL("no %s in: %s", name, event);
	return at + strlen(text);
}

uint64_t trace_number(const char *event, const char *name)
{
	return strtoull(trace_member(event, name), NULL, 10);
}

const char *trace_next(FILE *file, const char *name)
{
	static char line[512];
	const char *at;

	while (fgets(line, sizeof(line), file)) {
		at = strstr(line, name);
		if (line[0] != '#' && at)
			return at;
	}
	return NULL;
}

FILE *trace_open(void)
{
	FILE *file = fopen(INSTANCE "/trace", "r");

	REQUIRE(file);
	return file;
}

uint64_t trace_sum(const char *event, const char *member)
{
	FILE *file = trace_open();
	uint64_t sum = 0;
	const char *at;

	while ((at = trace_next(file, event)))
		sum += trace_number(at, member);
	fclose(file);
	return sum;
}
