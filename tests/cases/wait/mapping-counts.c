// SPDX-License-Identifier: GPL-2.0
/*
 * A mapping is a user: a wait that began before the last munmap ends after it, and
 * not after the close of the descriptor. The same for a second descriptor (dup) and
 * for a mapping of which only a part is left.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"

#define PAGES	6

static struct scene scene;
static bool done;
static int result;

static void *wait_for(void *unused)
{
	(void)unused;
	result = gntdev_wait(scene.guest.gntdev, scene.export.id, in_ms(25000));
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool is_done(void)
{
	return __atomic_load_n(&done, __ATOMIC_ACQUIRE);
}

static void check_still_waiting(const char *after)
{
	sleep_ms(200);
	if (is_done())
		FAIL("the wait ended after %s (result %d)", after, result);
}

int main(void)
{
	pthread_t thread;
	char *memory;
	int second;

	scene_open(&scene, PAGES, 0);
	memory = export_map(&scene.export, PROT_READ | PROT_WRITE);
	second = CHECK_OK(dup(scene.export.fd));
	REQUIRE(!pthread_create(&thread, NULL, wait_for, NULL));

	check_still_waiting("nothing");
	CHECK_OK(close(scene.export.fd));
	scene.export.fd = -1;
	check_still_waiting("the first close");
	CHECK_OK(close(second));
	check_still_waiting("the last close, with a mapping left");
	CHECK_OK(munmap(memory, (PAGES - 1) * PAGE_BYTES));
	check_still_waiting("munmap of a part");
	CHECK(memory_is(memory + (PAGES - 1) * PAGE_BYTES, PAGES - 1, 1,
			scene.pages.seed));
	CHECK_OK(munmap(memory + (PAGES - 1) * PAGE_BYTES, PAGE_BYTES));

	CHECK(WITHIN_MS(10000, is_done()));
	REQUIRE(!pthread_join(thread, NULL));
	CHECK_EQ(result, 0);
	scene_close(&scene);
	return CASE_PASS;
}
