// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include "case.h"
#include "faults.h"
#include "restore.h"

#define PARAMETERS	"/sys/module/test_faults/parameters/"

static void remove_module(void *unused)
{
	(void)unused;
	if (system("modprobe -r test-faults"))
		note("test-faults stays loaded");
}

void faults_begin(void)
{
	when_over(remove_module, NULL);
	REQUIRE(!system("modprobe test-faults"));
}

static const char *parameter_path(const char *fault)
{
	static char path[80];

	snprintf(path, sizeof(path), PARAMETERS "%s", fault);
	return path;
}

void fault_set(const char *fault, unsigned int times)
{
	write_long(parameter_path(fault), times);
}

unsigned int fault_left(const char *fault)
{
	return (unsigned int)read_long(parameter_path(fault));
}

static long take_count(const char *name)
{
	long count = read_long(parameter_path(name));

	write_long(parameter_path(name), 0);
	return count;
}

struct cache_counts cache_counts(void)
{
	return (struct cache_counts){
		.hypercalls = take_count("cache_flushes"),
		.cleaned = take_count("cleaned"),
		.invalidated = take_count("invalidated"),
	};
}
