// SPDX-License-Identifier: GPL-2.0
/*
 * NOTIFY races with the release. In each round the eventfd is added at about the same time as the
 * buffer is released. It is signalled exactly once, also if the release is first. If it is added
 * and removed again, it is signalled if and only if REMOVE has not found it.
 */
#include <pthread.h>
#include <unistd.h>

#include "case.h"
#include "events.h"
#include "guest.h"

#define ROUNDS	100

static struct guest guest;
static struct guest_pages pages;
static pthread_barrier_t begin, end;
static struct export export;
static int event;

static void *close_each(void *unused)
{
	unsigned int i;

	(void)unused;
	for (i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&begin);
		if (i % 2)
			CHECK_OK(gntdev_revoke(guest.gntdev, export.id));
		CHECK_OK(close(export.fd));
		pthread_barrier_wait(&end);
	}
	return NULL;
}

static void notify_once(void)
{
	CHECK_OK(gntdev_notify(guest.gntdev, export.id, event));
	pthread_barrier_wait(&end);
	CHECK_EQ(event_wait(event), 1);
}

/* Adds and removes an eventfd. The signal may be late, so each round uses a new eventfd. */
static void notify_twice(void)
{
	int other = event_open();
	bool removed;

	CHECK_OK(gntdev_notify(guest.gntdev, export.id, other));
	removed = !gntdev_unnotify(guest.gntdev, export.id, other);
	if (!removed)
		CHECK_EQ(errno, ENOENT);
	pthread_barrier_wait(&end);
	export_wait(&guest, &export);
	if (removed)
		CHECK_EQ(event_count(other), 0);
	else
		CHECK_EQ(event_wait(other), 1);
	CHECK_OK(close(other));
}

int main(void)
{
	pthread_t thread;
	unsigned int i;

	event = event_open();
	guest_open(&guest);
	guest_share(&guest, &pages, 2);
	REQUIRE(!pthread_barrier_init(&begin, NULL, 2));
	REQUIRE(!pthread_barrier_init(&end, NULL, 2));
	REQUIRE(!pthread_create(&thread, NULL, close_each, NULL));
	for (i = 0; i < ROUNDS; i++) {
		export = export_pages(&guest, &pages, 0);
		pthread_barrier_wait(&begin);
		if (i % 4 < 3)
			notify_once();
		else
			notify_twice();
		CHECK_EQ(event_count(event), 0);
	}
	REQUIRE(!pthread_join(thread, NULL));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
