// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pv
 *
 * The parameter mmap_limit_user limits the pages that the processes of a user map in a PV domain,
 * where each of them takes a handle of the hypervisor. Pages count before they are accessed. One
 * more page is EDQUOT. An unmapped page does not count any more, after munmap or the end of the
 * process.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "quota.h"
#include "restore.h"

#define SIZE	60	/* size of the dma-buf */
#define PAGES	30	/* pages mapped at once */
#define LIMIT	50

static struct scene scene;
static long before;

static void *map(uint32_t count)
{
	return mmap(NULL, count * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		    scene.export.fd, 0);
}

static void unmap(void *memory, uint32_t count)
{
	CHECK_OK(munmap(memory, count * PAGE_BYTES));
}

static void check_left(uint32_t count)
{
	long used = mmap_pages();
	void *memory;

	CHECK_ERRNO(map(count + 1), EDQUOT);
	CHECK_EQ(mmap_pages(), used);
	if (!count)
		return;
	memory = CHECK_OK(map(count));
	CHECK_EQ(mmap_pages(), used + count);
	CHECK(memory_is(memory, 0, count, scene.pages.seed));
	CHECK_ERRNO(map(1), EDQUOT);
	unmap(memory, count);
	CHECK_EQ(mmap_pages(), used);
}

static void check_killed(void)
{
	pid_t child = fork();
	int status;

	REQUIRE(child >= 0);
	if (!child) {
		CHECK(memory_is(CHECK_OK(map(PAGES)), 0, PAGES, scene.pages.seed));
		raise(SIGKILL);
	}
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(mmap_pages(), before);
	check_left(LIMIT);
}

int main(void)
{
	void *one, *two;

	keep_file(MMAP_LIMIT_USER);
	CHECK_EQ(read_long(MMAP_LIMIT_USER), 0);
	before = mmap_pages();
	scene_open(&scene, SIZE, 0);
	write_long(MMAP_LIMIT_USER, before + LIMIT);

	one = CHECK_OK(map(PAGES));
	CHECK_EQ(mmap_pages(), before + PAGES);
	check_left(LIMIT - PAGES);
	two = CHECK_OK(map(LIMIT - PAGES));
	check_left(0);
	unmap(one, PAGES);
	check_left(PAGES);

	/* A lower limit does not affect existing mappings. */
	write_long(MMAP_LIMIT_USER, 1);
	check_left(0);
	CHECK(memory_is(two, 0, LIMIT - PAGES, scene.pages.seed));
	write_long(MMAP_LIMIT_USER, before + LIMIT);
	export_revoke(&scene.guest, &scene.export);
	export_wait(&scene.guest, &scene.export);
	unmap(two, LIMIT - PAGES);
	CHECK_EQ(mmap_pages(), before);
	export_close(&scene.guest, &scene.export);

	scene.export = export_pages(&scene.guest, &scene.pages, 0);
	check_killed();
	write_long(MMAP_LIMIT_USER, 0);
	one = CHECK_OK(map(PAGES));
	two = CHECK_OK(map(PAGES));
	unmap(one, PAGES);
	unmap(two, PAGES);
	scene_close(&scene);
	return CASE_PASS;
}
