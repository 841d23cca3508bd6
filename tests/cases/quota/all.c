// SPDX-License-Identifier: GPL-2.0
/*
 * The parameter mapping_limit limits all exports together and, in PV domains, also the pages that
 * processes map. Its default is below the size of Xen's table of mappings for a domain. Each file
 * in the sysfs directory has one value.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "quota.h"
#include "restore.h"

#define IN_SYSFS	"/sys/class/misc/xen!gntdev/dmabuf"
#define TABLE		(1024L * 256)
#define PAGES		50
#define FEW		10

static struct guest guest;
static struct guest_pages pages;

static int try_export(uint32_t count)
{
	struct gntdev_dmabuf_export args;

	args = gntdev_export_args(guest.domid, pages.refs, count);
	return gntdev_export(guest.gntdev, &args) ? -1 : args.fd;
}

static void *map_all(const struct export *export)
{
	return mmap(NULL, export->size, PROT_READ, MAP_SHARED, export->fd, 0);
}

static void check_mappings(const struct export *export)
{
	void *memory;

	if (platform_is("pv"))
		CHECK_ERRNO(map_all(export), EDQUOT);
	write_long(MAPPING_LIMIT, 2 * PAGES);
	memory = CHECK_OK(map_all(export));
	if (platform_is("pv")) {
		CHECK_EQ(mmap_pages_of_user(0), PAGES);
		CHECK_ERRNO(try_export(1), EDQUOT);
	}
	CHECK_OK(munmap(memory, export->size));
	CHECK_EQ(mmap_pages_of_user(0), 0);
}

static void check_sysfs(void)
{
	char path[300], line[100];
	struct dirent *entry;
	unsigned int files = 0;
	DIR *dir = opendir(IN_SYSFS);
	FILE *file;

	REQUIRE(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), IN_SYSFS "/%s", entry->d_name);
		file = fopen(path, "r");
		REQUIRE(file);
		CHECK(fgets(line, sizeof(line), file));
		CHECK(line[strspn(line, "0123456789")] == '\n');
		CHECK(!fgets(line, sizeof(line), file));
		fclose(file);
		files++;
	}
	closedir(dir);
	CHECK(files >= 3);
}

int main(void)
{
	struct export export;
	int few;

	keep_file(MAPPING_LIMIT);
	CHECK(read_long(MAPPING_LIMIT) > 0);
	CHECK(read_long(MAPPING_LIMIT) < TABLE);
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	REQUIRE(!exported_pages());

	write_long(MAPPING_LIMIT, PAGES + FEW);
	export = export_pages(&guest, &pages, 0);
	CHECK_ERRNO(try_export(FEW + 1), EDQUOT);
	few = CHECK_OK(try_export(FEW));
	CHECK_ERRNO(try_export(1), EDQUOT);
	check_sysfs();
	CHECK_OK(close(few));
	CHECK(WITHIN_MS(5000, exported_pages() == PAGES));
	check_mappings(&export);
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
