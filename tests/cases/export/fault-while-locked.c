// SPDX-License-Identifier: GPL-2.0
/*
 * A driver holds the buffer's dma_resv while a thread accesses a mapping for the first time. Only
 * this thread waits. Other threads map and unmap memory meanwhile. After the lock is released, the
 * thread reads the guest's data.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "importer.h"
#include "pattern.h"

#define PAGES	20
#define LOCK_MS	8000

static struct scene scene;
static int importer, locker_tid, toucher_tid;
static bool unlocked, touched;

static bool is_set(const bool *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static void set(bool *flag)
{
	__atomic_store_n(flag, true, __ATOMIC_RELEASE);
}

static void *keep_locked(void *unused)
{
	(void)unused;
	tell_tid(&locker_tid);
	CHECK_OK(importer_lock(importer, LOCK_MS));
	set(&unlocked);
	return NULL;
}

static void *touch(void *argument)
{
	volatile uint64_t *word = argument;

	tell_tid(&toucher_tid);
	CHECK_EQ(*word, pattern_word(scene.pages.seed, 0, 0));
	set(&touched);
	return NULL;
}

/* Needs the process's mmap_lock for writing. */
static void map_and_unmap(void)
{
	void *memory = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(memory != MAP_FAILED);
	CHECK_OK(munmap(memory, PAGE_BYTES));
}

int main(void)
{
	pthread_t locker, toucher;
	void *memory;

	importer = importer_open();
	scene_open(&scene, PAGES, 0);
	CHECK_OK(importer_hold(importer, scene.export.fd, 0));
	memory = export_map(&scene.export, PROT_READ);

	REQUIRE(!pthread_create(&locker, NULL, keep_locked, NULL));
	REQUIRE(WITHIN_MS(5000, tid_is(&locker_tid, 'D')));
	REQUIRE(!pthread_create(&toucher, NULL, touch, memory));
	REQUIRE(WITHIN_MS(5000, tid_is(&toucher_tid, 'S')));
	map_and_unmap();
	CHECK(!is_set(&touched));
	CHECK(!is_set(&unlocked));

	REQUIRE(!pthread_join(toucher, NULL));
	REQUIRE(!pthread_join(locker, NULL));
	CHECK(is_set(&touched));
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	export_unmap(&scene.export, memory);
	CHECK_OK(importer_drop(importer));
	close(importer);
	scene_close(&scene);
	return CASE_PASS;
}
