// SPDX-License-Identifier: GPL-2.0
/*
 * Drivers repeatedly map the export for a device or for the kernel and unmap it. REVOKE occurs at a
 * random time. After it, devices are refused, and the export is released without further calls.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"
#include "pattern.h"

#define ROUNDS	15
#define PAGES	24
#define MOST_US	20000
#define THREADS	4

static struct guest guest;
static struct guest_pages pages;
static struct export export;
static int over;
/*
 * How often each thread had the guest's pages mapped. The last thread knows by their contents, and
 * counts mappings of zeros separately.
 */
static unsigned long mapped[THREADS], zeros;

static void count_mapped(unsigned int thread)
{
	__atomic_add_fetch(&mapped[thread], 1, __ATOMIC_RELAXED);
}

static bool all_have_mapped(void)
{
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		if (!__atomic_load_n(&mapped[i], __ATOMIC_RELAXED))
			return false;
	return true;
}

static void *attach_until_refused(void *unused)
{
	int importer = importer_open_again();

	(void)unused;
	while (!importer_try(importer, export.fd))
		count_mapped(0);
	CHECK_EQ(errno, ENODEV);
	close(importer);
	return NULL;
}

static void *hold_until_refused(void *is_dynamic)
{
	uint32_t flags = is_dynamic ? IMPORTER_DYNAMIC : 0;
	int importer = importer_open_again();

	while (!importer_hold(importer, export.fd, flags)) {
		count_mapped(is_dynamic ? 2 : 1);
		CHECK_OK(importer_drop(importer));
	}
	CHECK_EQ(errno, ENODEV);
	close(importer);
	return NULL;
}

/* vmap is never refused. It shows the guest's memory or zeros. */
static void *vmap_until_over(void *unused)
{
	int importer = importer_open_again();
	uint64_t word;

	(void)unused;
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		CHECK_OK(importer_hold(importer, export.fd, IMPORTER_VMAP));
		CHECK_OK(importer_read(importer, 0, &word, sizeof(word)));
		CHECK_OK(importer_drop(importer));
		if (!word) {
			zeros++;
			continue;
		}
		CHECK_EQ(word, pattern_word(pages.seed, 0, 0));
		count_mapped(3);
	}
	close(importer);
	return NULL;
}

static void try_round(bool first)
{
	static int yes;
	pthread_t threads[THREADS];
	unsigned int i;

	over = 0;
	export = export_pages(&guest, &pages, GNTDEV_DMABUF_EXPORT_CONTIGUOUS);
	REQUIRE(!pthread_create(&threads[0], NULL, attach_until_refused, NULL));
	REQUIRE(!pthread_create(&threads[1], NULL, hold_until_refused, NULL));
	REQUIRE(!pthread_create(&threads[2], NULL, hold_until_refused, &yes));
	REQUIRE(!pthread_create(&threads[3], NULL, vmap_until_over, NULL));
	if (first)
		CHECK(WITHIN_MS(10000, all_have_mapped()));
	usleep((useconds_t)rand() % MOST_US);
	export_revoke(&guest, &export);
	export_wait(&guest, &export);
	__atomic_store_n(&over, 1, __ATOMIC_RELEASE);
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_join(threads[i], NULL));
	export_close(&guest, &export);
}

int main(void)
{
	unsigned int i, seed = (unsigned int)now_ns();

	srand(seed);
	close(importer_open());
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	for (i = 0; i < ROUNDS; i++)
		try_round(i == 0);
	note("seed %u: mapped for devices %lu, %lu and %lu times, for the kernel %lu times, and zeros %lu times",
	     seed, mapped[0], mapped[1], mapped[2], mapped[3], zeros);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
