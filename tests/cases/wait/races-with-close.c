// SPDX-License-Identifier: GPL-2.0
/*
 * The wait races with the last close. In each round the wait begins at about the same time as the
 * buffer is released. It returns 0 in any order.
 */
#include <pthread.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"

#define ROUNDS	100

static struct guest guest;
static pthread_barrier_t barrier;
static uint64_t id;
static int result, error;

static void *wait_for(void *unused)
{
	unsigned int i;

	(void)unused;
	for (i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&barrier);
		result = gntdev_wait(guest.gntdev, id, in_ms(10000));
		error = errno;
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

int main(void)
{
	struct guest_pages pages;
	pthread_t thread;
	unsigned int i;

	guest_open(&guest);
	guest_share(&guest, &pages, 2);
	REQUIRE(!pthread_barrier_init(&barrier, NULL, 2));
	REQUIRE(!pthread_create(&thread, NULL, wait_for, NULL));
	for (i = 0; i < ROUNDS; i++) {
		struct export export = export_pages(&guest, &pages, 0);

		id = export.id;
		pthread_barrier_wait(&barrier);
		CHECK_OK(close(export.fd));
		pthread_barrier_wait(&barrier);
		if (result)
			FAIL("round %u: errno %d (%s)", i, error,
			     strerror(error));
	}
	REQUIRE(!pthread_join(thread, NULL));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
