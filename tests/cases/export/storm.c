// SPDX-License-Identifier: GPL-2.0
/*
 * All at once on one gntdev file: exports made, mapped, waited for by another thread and
 * closed, plain mappings of the same references, UNMAP_GRANT_REF of guessed indices, and
 * QUERY of whatever id there may be. Each sees what it should.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES		24
#define STORM_MS	3000
#define GUESSES		64

static struct guest guest;
static struct guest_pages pages;
static uint64_t end, last_id;
static unsigned long rounds[5];

/* Its end may be waited for by the other exporter, too. */
static void *export_and_close(void *number)
{
	unsigned long *count = &rounds[(intptr_t)number];

	for (; now_ns() < end; ++*count) {
		struct export export = export_pages(&guest, &pages, 0);
		void *memory = export_map(&export, PROT_READ);

		__atomic_store_n(&last_id, export.id, __ATOMIC_RELEASE);
		CHECK(memory_is(memory, 0, PAGES, pages.seed));
		CHECK_OK(close(export.fd));
		CHECK_ERRNO(gntdev_wait(guest.gntdev, export.id, 0), ETIMEDOUT);
		export_unmap(&export, memory);
		export_wait(&guest, &export);
	}
	return NULL;
}

/* Nothing else is mapped plainly here: guesses hit what one maps, or nothing. */
static void *map_plainly(void *number)
{
	unsigned long *count = &rounds[(intptr_t)number];

	for (; now_ns() < end; ++*count) {
		uint64_t index;
		void *memory;

		memory = gntdev_map(guest.gntdev, guest.domid, pages.refs, PAGES,
				    PROT_READ | PROT_WRITE, &index);
		/* EINVAL: somebody guessed its index before it was mmapped. */
		if (memory == MAP_FAILED) {
			CHECK_EQ(errno, EINVAL);
			continue;
		}
		CHECK(memory_is(memory, 0, PAGES, pages.seed));
		CHECK_OK(munmap(memory, PAGES * PAGE_BYTES));
		if (gntdev_unmap_ref(guest.gntdev, index, PAGES))
			CHECK_EQ(errno, ENOENT);
	}
	return NULL;
}

static void *guess_indices(void *number)
{
	unsigned long *count = &rounds[(intptr_t)number];

	for (; now_ns() < end; ++*count) {
		uint64_t index = *count % GUESSES * PAGE_BYTES;

		if (gntdev_unmap_ref(guest.gntdev, index, PAGES))
			CHECK_EQ(errno, ENOENT);
		/* On one CPU, let the others have their turn as well. */
		if (*count % GUESSES == 0)
			sleep_ms(1);
	}
	return NULL;
}

static void *query_and_wait(void *number)
{
	unsigned long *count = &rounds[(intptr_t)number];

	for (; now_ns() < end; ++*count) {
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
	}
	return NULL;
}

static void *(*const work[])(void *) = {
	export_and_close, export_and_close, map_plainly, guess_indices, query_and_wait,
};

int main(void)
{
	pthread_t threads[ARRAY_SIZE(work)];
	unsigned int i;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	end = in_ms(STORM_MS);
	for (i = 0; i < ARRAY_SIZE(work); i++)
		REQUIRE(!pthread_create(&threads[i], NULL, work[i], (void *)(intptr_t)i));
	for (i = 0; i < ARRAY_SIZE(work); i++)
		REQUIRE(!pthread_join(threads[i], NULL));
	note("exports %lu and %lu, plain mappings %lu, guesses %lu, queries %lu", rounds[0],
	     rounds[1], rounds[2], rounds[3], rounds[4]);
	for (i = 0; i < ARRAY_SIZE(work); i++)
		CHECK(rounds[i] >= 5);
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
