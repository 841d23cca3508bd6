// SPDX-License-Identifier: GPL-2.0
/*
 * A thread waits for eight exports at once with epoll. The eventfd of each export wakes it when the
 * export is released, in the order of the releases. A single eventfd for eight exports counts them.
 */
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "case.h"
#include "events.h"
#include "guest.h"

#define EXPORTS	8

static struct guest guest;
static struct guest_pages pages;
static struct export exports[EXPORTS];
static int epoll;
static unsigned int last;	/* the export that last woke the thread */

static void *listen_to_all(void *unused)
{
	struct epoll_event got;

	(void)unused;
	for (;;) {
		CHECK_EQ(CHECK_OK(epoll_wait(epoll, &got, 1, 20000)), 1);
		if (!got.data.u32)
			return NULL;
		__atomic_store_n(&last, got.data.u32, __ATOMIC_RELEASE);
	}
}

static unsigned int last_one(void)
{
	return __atomic_load_n(&last, __ATOMIC_ACQUIRE);
}

static int add_event(uint32_t name)
{
	struct epoll_event wanted = { .events = EPOLLIN | EPOLLET, .data.u32 = name };
	int event = event_open();

	REQUIRE(!epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted));
	return event;
}

static void try_each_its_own(void)
{
	pthread_t thread;
	unsigned int i;
	int stop;

	stop = add_event(0);
	for (i = 0; i < EXPORTS; i++) {
		exports[i] = export_pages(&guest, &pages, 0);
		CHECK_OK(gntdev_notify(guest.gntdev, exports[i].id, add_event(i + 1)));
	}
	REQUIRE(!pthread_create(&thread, NULL, listen_to_all, NULL));
	sleep_ms(100);
	CHECK_EQ(last_one(), 0);
	/* 3 and 8 are coprime, so this covers every export. */
	for (i = 0; i < EXPORTS; i++) {
		unsigned int one = i * 3 % EXPORTS;

		CHECK_OK(close(exports[one].fd));
		CHECK(WITHIN_MS(5000, last_one() == one + 1));
	}
	REQUIRE(write(stop, &(uint64_t){ 1 }, 8) == 8);
	REQUIRE(!pthread_join(thread, NULL));
}

static void try_one_for_all(void)
{
	int event = event_open();
	unsigned int i;
	uint64_t count;

	for (i = 0; i < EXPORTS; i++) {
		exports[i] = export_pages(&guest, &pages, 0);
		CHECK_OK(gntdev_notify(guest.gntdev, exports[i].id, event));
	}
	for (i = 0; i < EXPORTS; i++)
		CHECK_OK(close(exports[i].fd));
	for (count = 0; count < EXPORTS;)
		count += event_wait(event);
	sleep_ms(100);
	CHECK_EQ(count + event_count(event), EXPORTS);
}

int main(void)
{
	epoll = epoll_create1(EPOLL_CLOEXEC);
	REQUIRE(epoll >= 0);
	guest_open(&guest);
	guest_share(&guest, &pages, 4);
	try_each_its_own();
	try_one_for_all();
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
