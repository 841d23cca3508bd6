// SPDX-License-Identifier: GPL-2.0
/*
 * The old wait takes the number of a descriptor. It fails with ENOENT if that is not an old export,
 * and with ETIMEDOUT while the export lives. The close by another thread ends it. It still finds an
 * export by the number of a descriptor that was closed. If several exports have the same number, it
 * waits for the newest one that is not released.
 */
#include <pthread.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define HALF	9

static struct guest guest;
static struct guest_pages pages;
static int result, error, waiter;

static void *wait_for(void *argument)
{
	tell_tid(&waiter);
	result = gntdev_old_wait(guest.gntdev, (uint32_t)(intptr_t)argument,
				 20000);
	error = errno;
	return NULL;
}

static int export(unsigned int which)
{
	return CHECK_OK(gntdev_old_export(guest.gntdev, 0, guest.domid,
					  pages.refs + which * HALF, HALF));
}

static unsigned int mapped(unsigned int which)
{
	return hv_mapped(guest.domid, pages.refs + which * HALF, HALF);
}

/* A thread waits for the export with this number. Closing its @last descriptor ends the wait. */
static void check_woken(int number, int last)
{
	pthread_t thread;

	CHECK_ERRNO(gntdev_old_wait(guest.gntdev, (uint32_t)number, 50), ETIMEDOUT);
	waiter = 0;
	REQUIRE(!pthread_create(&thread, NULL, wait_for, (void *)(intptr_t)number));
	/* The thread only enters an uninterruptible state in the wait. */
	REQUIRE(WITHIN_MS(10000, tid_is(&waiter, 'D')));
	CHECK_OK(close(last));
	REQUIRE(!pthread_join(thread, NULL));
	if (result)
		FAIL("the waiter got errno %d (%s)", error, strerror(error));
}

static void check_closed_first(void)
{
	int fd = export(0), second = CHECK_OK(dup(fd));

	CHECK_OK(close(fd));
	check_woken(fd, second);
	CHECK_EQ(mapped(0), 0);
	CHECK_ERRNO(gntdev_old_wait(guest.gntdev, (uint32_t)fd, 0), ENOENT);
}

static void check_number_used_twice(void)
{
	int number = export(0), older = CHECK_OK(dup(number));

	CHECK_OK(close(number));
	CHECK_EQ(export(1), number);
	/* The case holds the older export all the time. */
	check_woken(number, number);
	CHECK_EQ(mapped(1), 0);
	CHECK_EQ(mapped(0), HALF);
	check_woken(number, older);
	CHECK_EQ(mapped(0), 0);
	CHECK_ERRNO(gntdev_old_wait(guest.gntdev, (uint32_t)number, 0), ENOENT);
}

/* Exports of the new ioctl have ids, and the old wait does not find them by number. */
static void check_not_of_second_generation(void)
{
	struct export other = export_pages(&guest, &pages, 0);

	CHECK_ERRNO(gntdev_old_wait(guest.gntdev, (uint32_t)other.fd, 10), ENOENT);
	CHECK_ERRNO(gntdev_old_wait(guest.gntdev, ~0U, 10), ENOENT);
	export_close(&guest, &other);
}

int main(void)
{
	guest_open(&guest);
	guest_share(&guest, &pages, 2 * HALF);
	CHECK_ERRNO(gntdev_old_wait(guest.gntdev, 12345, 10), ENOENT);
	CHECK_ERRNO(gntdev_old_wait(guest.gntdev, (uint32_t)guest.gntdev, 10),
		    ENOENT);
	check_not_of_second_generation();
	check_closed_first();
	check_number_used_twice();
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
