// SPDX-License-Identifier: GPL-2.0
/*
 * Four threads export, map, read and close at the same time on one gntdev file.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"

#define THREADS	4
#define TIMES	25
#define PAGES	40

static struct guest guest;
static struct guest_pages pages;

static void *work(void *unused)
{
	unsigned int i;

	(void)unused;
	for (i = 0; i < TIMES; i++) {
		struct export export = export_pages(&guest, &pages, 0);
		void *memory = export_map(&export, PROT_READ);

		CHECK(memory_is(memory, 0, PAGES, pages.seed));
		export_unmap(&export, memory);
		export_close(&guest, &export);
		CHECK_EQ(export_state(&guest, export.id),
			 GNTDEV_DMABUF_STATE_RELEASED);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	unsigned int i;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, work, NULL));
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_join(threads[i], NULL));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
