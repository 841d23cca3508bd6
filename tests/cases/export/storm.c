// SPDX-License-Identifier: GPL-2.0
/*
 * Threads do these operations at the same time on one gntdev file: they make, map, wait for and
 * close exports, make plain mappings of the same references, call UNMAP_GRANT_REF with guessed
 * indices, and QUERY the newest id and the next one. Each gets the right results.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES		24
#define STORM_MS	3000
#define MOST_MS		30000
#define SHARE		5
#define WORKERS		5
#define GUESSES		64

static struct guest guest;
static struct guest_pages pages;
static uint64_t begin, last_id;
static unsigned long rounds[WORKERS];

static void count_round(void *number)
{
	__atomic_add_fetch(&rounds[(intptr_t)number], 1, __ATOMIC_RELAXED);
}

/* True for STORM_MS, then until each worker has done its share, but for at most MOST_MS. */
static bool goes_on(void)
{
	uint64_t ms = (now_ns() - begin) / NSEC_PER_MSEC;
	unsigned int i;

	if (ms < STORM_MS || ms > MOST_MS)
		return ms < STORM_MS;
	for (i = 0; i < WORKERS; i++)
		if (__atomic_load_n(&rounds[i], __ATOMIC_RELAXED) < SHARE)
			return true;
	return false;
}

/* Another thread may wait for the same export. */
static void *export_and_close(void *number)
{
	while (goes_on()) {
		struct export export = export_pages(&guest, &pages, 0);
		void *memory = export_map(&export, PROT_READ);

		__atomic_store_n(&last_id, export.id, __ATOMIC_RELEASE);
		CHECK(memory_is(memory, 0, PAGES, pages.seed));
		CHECK_OK(close(export.fd));
		CHECK_ERRNO(gntdev_wait(guest.gntdev, export.id, 0), ETIMEDOUT);
		export_unmap(&export, memory);
		export_wait(&guest, &export);
		count_round(number);
	}
	return NULL;
}

/* These are the only plain mappings, so a guessed index finds one of them or nothing. */
static void *map_plainly(void *number)
{
	while (goes_on()) {
		uint64_t index;
		void *memory;

		memory = gntdev_map(guest.gntdev, guest.domid, pages.refs, PAGES,
				    PROT_READ | PROT_WRITE, &index);
		/* EINVAL: another thread guessed the index before the mmap. */
		if (memory == MAP_FAILED) {
			CHECK_EQ(errno, EINVAL);
			continue;
		}
		CHECK(memory_is(memory, 0, PAGES, pages.seed));
		CHECK_OK(munmap(memory, PAGES * PAGE_BYTES));
		if (gntdev_unmap_ref(guest.gntdev, index, PAGES))
			CHECK_EQ(errno, ENOENT);
		count_round(number);
	}
	return NULL;
}

static void *guess_indices(void *number)
{
	uint64_t guess;

	for (guess = 0; goes_on(); guess++) {
		if (gntdev_unmap_ref(guest.gntdev, guess % GUESSES * PAGE_BYTES, PAGES))
			CHECK_EQ(errno, ENOENT);
		count_round(number);
		/* If there is only one CPU, let the other threads run. */
		if (guess % GUESSES == 0)
			sleep_ms(1);
	}
	return NULL;
}

static void *query_and_wait(void *number)
{
	while (goes_on()) {
		uint64_t id = __atomic_load_n(&last_id, __ATOMIC_ACQUIRE);
		struct gntdev_dmabuf_query answer;

		if (!id)
			continue;
		CHECK_OK(gntdev_query(guest.gntdev, id, &answer));
		if (answer.state == GNTDEV_DMABUF_STATE_RELEASED)
			CHECK_EQ(answer.count, 0);
		else
			CHECK_EQ(answer.count, PAGES);
		CHECK_OK(gntdev_wait(guest.gntdev, id, in_ms(10000)));
		if (gntdev_query(guest.gntdev, id + 1, &answer))
			CHECK_EQ(errno, ENOENT);
		count_round(number);
	}
	return NULL;
}

static void *(*const work[WORKERS])(void *) = {
	export_and_close, export_and_close, map_plainly, guess_indices, query_and_wait,
};

int main(void)
{
	pthread_t threads[WORKERS];
	unsigned int i;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	begin = now_ns();
	for (i = 0; i < WORKERS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, work[i], (void *)(intptr_t)i));
	for (i = 0; i < WORKERS; i++)
		REQUIRE(!pthread_join(threads[i], NULL));
	note("exports %lu and %lu, plain mappings %lu, guesses %lu, queries %lu", rounds[0],
	     rounds[1], rounds[2], rounds[3], rounds[4]);
	for (i = 0; i < WORKERS; i++)
		CHECK(rounds[i] >= SHARE);
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
