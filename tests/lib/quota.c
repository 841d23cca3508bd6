// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "case.h"
#include "quota.h"

#define IN_USE	"/sys/class/misc/xen!gntdev/dmabuf/"

long exported_pages(void)
{
	return read_long(IN_USE "exported_pages");
}

long mmap_pages(void)
{
	return read_long(IN_USE "mmap_pages");
}

/* A line for each domain of which there are any. */
long exported_pages_of(uint32_t domid)
{
	long pages, found = 0;
	unsigned int each;
	FILE *file;
	int got;

	file = fopen(IN_USE "exported_pages_by_domain", "r");
	REQUIRE(file);
	while ((got = fscanf(file, "%u %ld", &each, &pages)) == 2) {
		CHECK(pages > 0);
		if (each != domid)
			continue;
		CHECK_EQ(found, 0);
		found = pages;
	}
	CHECK_EQ(got, EOF);
	fclose(file);
	return found;
}
