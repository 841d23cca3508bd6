// SPDX-License-Identifier: GPL-2.0
/*
 * kills-domu
 * limit: 120
 *
 * The guest is destroyed while its pages are exported repeatedly. Each EXPORT works until one is
 * refused for some of the pages. After that none works, and all pages are refused. Then nothing of
 * the guest is left.
 */
#include <pthread.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"

#define PAGES	500
#define GONE_MS	10000

static struct guest guest;
static struct guest_pages pages;
static int16_t status[PAGES];
static unsigned int good, refused;
static bool over;

static uint32_t count_bad(void)
{
	uint32_t i, bad = 0;

	for (i = 0; i < PAGES; i++)
		bad += status[i] < 0;
	return bad;
}

static void export_once(void)
{
	struct gntdev_dmabuf_export args;
	struct export export;

	args = gntdev_export_args(guest.domid, pages.refs, PAGES);
	args.status = (uintptr_t)status;
	if (gntdev_export(guest.gntdev, &args)) {
		CHECK_EQ(errno, EREMOTEIO);
		CHECK(count_bad());
		refused++;
		return;
	}
	CHECK_EQ(refused, 0);
	CHECK_EQ(count_bad(), 0);
	good++;
	export = export_made(&args);
	export_close(&guest, &export);
}

static void *export_all_the_time(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE))
		export_once();
	return NULL;
}

int main(void)
{
	pthread_t thread;
	unsigned int fds;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	fds = count_fds();
	REQUIRE(!pthread_create(&thread, NULL, export_all_the_time, NULL));
	REQUIRE(WITHIN_MS(GONE_MS, __atomic_load_n(&good, __ATOMIC_RELAXED) > 2));
	guest_destroy();
	__atomic_store_n(&over, true, __ATOMIC_RELEASE);
	REQUIRE(!pthread_join(thread, NULL));
	note("%u exports while the guest lived, %u refused", good, refused);

	/* The domain can remain in the dying state for a moment. */
	CHECK(WITHIN_MS(GONE_MS, !domain_exists(guest.domid)));
	export_once();
	CHECK(refused);
	CHECK_EQ(count_bad(), PAGES);
	CHECK_EQ(count_fds(), fds);
	return CASE_PASS;
}
