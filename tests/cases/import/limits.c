// SPDX-License-Identifier: GPL-2.0
/*
 * The limits of imports: for a user, for a peer, and half of the grant table for all. What is
 * above them is EDQUOT, and costs nothing. What the peer keeps mapped stays charged.
 */
#include <stdio.h>
#include <unistd.h>

#include "case.h"
#include "import.h"
#include "quota.h"

#define PAGES	100

static struct guest guest;
static struct source source;
static uint32_t refs[PAGES];

static void set_limit(const char *path, long pages)
{
	FILE *file = fopen(path, "w");

	REQUIRE(file);
	REQUIRE(fprintf(file, "%ld", pages) > 0);
	REQUIRE(!fclose(file));
}

static int try_import(uint64_t *id)
{
	struct gntdev_dmabuf_import args;

	args = gntdev_import_args(guest.domid, source.fd, refs, PAGES);
	if (gntdev_import(guest.gntdev, &args))
		return -1;
	*id = args.id;
	return 0;
}

static void end(uint64_t id)
{
	CHECK_OK(gntdev_revoke(guest.gntdev, id));
	CHECK_OK(gntdev_wait(guest.gntdev, id, in_ms(1000)));
}

static void check_limit(const char *path)
{
	uint64_t first, second;

	set_limit(path, 2 * PAGES - 1);
	CHECK_OK(try_import(&first));
	CHECK_ERRNO(try_import(&second), EDQUOT);
	set_limit(path, 2 * PAGES);
	CHECK_OK(try_import(&second));
	CHECK_EQ(imported_pages(), 2 * PAGES);
	CHECK_EQ(imported_pages_of(guest.domid), 2 * PAGES);
	CHECK_EQ(imported_pages_of_user(getuid()), 2 * PAGES);
	end(first);
	CHECK_EQ(imported_pages(), PAGES);
	set_limit(path, 0);
	end(second);
	CHECK_EQ(imported_pages(), 0);
}

/*
 * Each import is of a dma-buf of its own, which it holds: the kernel's DMA debugging reports a page
 * that is mapped more than seven times.
 */
static int try_another(uint64_t *id)
{
	struct source another;
	int fd = source.fd, ret, error;

	source_open(&another, "udmabuf", PAGES);
	source.fd = another.fd;
	ret = try_import(id);
	error = errno;
	source.fd = fd;
	source_close(&another);
	errno = error;
	return ret;
}

static void check_half(void)
{
	long limit = import_limit(), i, nr = limit / PAGES;
	static uint64_t ids[4096];
	uint64_t one_more;

	REQUIRE(nr > 0 && nr < (long)ARRAY_SIZE(ids));
	for (i = 0; i < nr; i++)
		CHECK_OK(try_another(&ids[i]));
	CHECK_ERRNO(try_another(&one_more), EDQUOT);
	CHECK_EQ(imported_pages(), nr * PAGES);
	note("%ld pages imported, %ld allowed", imported_pages(), limit);
	for (i = 0; i < nr; i++)
		end(ids[i]);
	CHECK_EQ(imported_pages(), 0);
}

int main(void)
{
	guest_open(&guest);
	source_open(&source, "udmabuf", PAGES);
	check_limit(IMPORT_LIMIT_USER);
	check_limit(IMPORT_LIMIT_DOMAIN);
	check_half();
	source_close(&source);
	return CASE_PASS;
}
