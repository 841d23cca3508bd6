// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "case.h"
#include "quota.h"

#define IN_USE	"/sys/class/misc/xen!gntdev/dmabuf/"
#define LISTS	"/sys/kernel/debug/xen-gntdev/"

/* A line for each domain, or user, that has any. */
static long pages_of(const char *path, uint32_t key)
{
	long pages, found = 0;
	unsigned int each;
	FILE *file;
	int got;

	file = fopen(path, "r");
	REQUIRE(file);
	while ((got = fscanf(file, "%u %ld", &each, &pages)) == 2) {
		CHECK(pages > 0);
		if (each != key)
			continue;
		CHECK_EQ(found, 0);
		found = pages;
	}
	CHECK_EQ(got, EOF);
	fclose(file);
	return found;
}

long exported_pages(void)
{
	return read_long(IN_USE "exported_pages");
}

long imported_pages(void)
{
	return read_long(IN_USE "imported_pages");
}

long import_limit(void)
{
	return read_long(IN_USE "import_limit");
}

long imported_pages_of(uint32_t domid)
{
	return pages_of(LISTS "imported_pages_by_domain", domid);
}

long imported_pages_of_user(uint32_t uid)
{
	return pages_of(LISTS "imported_pages_by_user", uid);
}

long mmap_pages(void)
{
	return read_long(IN_USE "mmap_pages");
}

long exported_pages_of(uint32_t domid)
{
	return pages_of(LISTS "exported_pages_by_domain", domid);
}

long exported_pages_of_user(uint32_t uid)
{
	return pages_of(LISTS "exported_pages_by_user", uid);
}

long mmap_pages_of_user(uint32_t uid)
{
	return pages_of(LISTS "mmap_pages_by_user", uid);
}
