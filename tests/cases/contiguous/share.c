// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv arm64
 *
 * Exports without the flag get contiguous frames only from half of what the cap allows, and
 * scattered ones beyond that. With the flag all of it can be taken. The old ioctl's flags are like
 * no flag. One page is never taken from there. Many exports at a time do not exceed the half.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "case.h"
#include "frames.h"
#include "guest.h"

#define PAGES		1000
#define REST		100	/* of the half, for the exports */
#define THREADS		4
#define TURNS		200
#define OLD_COHERENT	(1U << 1)

static struct guest guest;
static struct guest_pages pages;
static int fd;

static struct export export_some(uint32_t count, uint32_t flags)
{
	struct guest_pages some = pages;

	some.count = count;
	return export_pages(&guest, &some, flags);
}

static void check_export(uint32_t count, uint32_t flags, bool contiguous, unsigned long taken)
{
	unsigned long before = frames_used();
	struct export export = export_some(count, flags);
	struct gntdev_dmabuf_query answer = export_query(&guest, export.id);

	CHECK_EQ(is_contiguous(&answer), contiguous);
	CHECK_EQ(frames_used(), before + taken);
	export_close(&guest, &export);
	CHECK_EQ(frames_used(), before);
}

/* Checks the number of used frames only: scattered frames may be contiguous by chance. */
static void check_scattered(void)
{
	unsigned long before = frames_used();
	struct export export = export_some(REST + 1, 0);

	CHECK_EQ(frames_used(), before);
	export_close(&guest, &export);
}

static void check_old(unsigned long taken)
{
	unsigned long before = frames_used();
	int dmabuf = CHECK_OK(gntdev_old_export(guest.gntdev, OLD_COHERENT, guest.domid,
						pages.refs, PAGES));

	CHECK_EQ(frames_used(), before + taken);
	old_export_close(&guest, dmabuf);
}

static unsigned long largest;

/* In each turn there is room for one of the threads' exports. */
static void *export_many(void *unused)
{
	unsigned int i;

	(void)unused;
	for (i = 0; i < TURNS; i++) {
		struct export export = export_some(REST - 1, 0);
		unsigned long used = frames_used();

		if (used > __atomic_load_n(&largest, __ATOMIC_RELAXED))
			__atomic_store_n(&largest, used, __ATOMIC_RELAXED);
		export_close(&guest, &export);
	}
	return NULL;
}

static void check_parallel(unsigned long half)
{
	pthread_t threads[THREADS];
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, export_many, NULL));
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	note("%lu of %lu frames in use at the most", largest, half);
	CHECK(largest > half - REST);
	CHECK(largest <= half);
}

int main(void)
{
	struct frames_run run;
	unsigned int frames;

	fd = frames_open();
	frames = frames_set_cap_chunks(1);
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	REQUIRE(!frames_used());

	check_export(PAGES, 0, true, PAGES);
	check_old(PAGES);
	check_export(1, 0, true, 0);
	check_export(1, GNTDEV_DMABUF_EXPORT_CONTIGUOUS, true, 0);

	/* Leave REST frames of the half. */
	CHECK_OK(frames_alloc(fd, frames / 2 - REST, &run));
	check_export(REST, 0, true, REST);
	check_export(REST + 1, GNTDEV_DMABUF_EXPORT_CONTIGUOUS, true, REST + 1);
	check_export(PAGES, GNTDEV_DMABUF_EXPORT_CONTIGUOUS, true, PAGES);
	check_old(0);
	check_scattered();
	check_parallel(frames / 2);
	CHECK_OK(frames_free(fd, &run));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
