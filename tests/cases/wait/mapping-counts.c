// SPDX-License-Identifier: GPL-2.0
/*
 * A mapping is a user. A wait that began before the last munmap ends after it, and not after the
 * close of the descriptor. The same holds for a second descriptor (dup) and for the rest of a
 * partly unmapped mapping (not tested in PV domains).
 */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "waiter.h"

#define PAGES	6

static struct scene scene;
static struct waiter waiter;

static void check_still_waiting(const char *after)
{
	sleep_ms(200);
	if (waiter_is_done(&waiter))
		FAIL("the wait ended after %s (result %d)", after, waiter.result);
}

int main(void)
{
	char *memory;
	int second;

	scene_open(&scene, PAGES, 0);
	memory = export_map(&scene.export, PROT_READ | PROT_WRITE);
	second = CHECK_OK(dup(scene.export.fd));
	waiter_start(&waiter, scene.guest.gntdev, scene.export.id, in_ms(25000));

	check_still_waiting("nothing");
	CHECK_OK(close(scene.export.fd));
	scene.export.fd = -1;
	check_still_waiting("the first close");
	CHECK_OK(close(second));
	check_still_waiting("the last close, with a mapping left");
	if (!platform_is("pv")) {
		CHECK_OK(munmap(memory, (PAGES - 1) * PAGE_BYTES));
		check_still_waiting("munmap of a part");
	}
	CHECK(memory_is(memory + (PAGES - 1) * PAGE_BYTES, PAGES - 1, 1,
			scene.pages.seed));
	CHECK_OK(munmap(memory, PAGES * PAGE_BYTES));

	waiter_is_released(&waiter);
	scene_close(&scene);
	return CASE_PASS;
}
