// SPDX-License-Identifier: GPL-2.0
/*
 * The old wait by descriptor number: ENOENT for what is no export, ETIMEDOUT while
 * it lives, and woken by the close of another thread, also where it is named by the
 * number that it had before it was closed.
 */
#include <pthread.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

static struct guest guest;
static int result, error;

static void *wait_for(void *argument)
{
	result = gntdev_old_wait(guest.gntdev, (uint32_t)(intptr_t)argument,
				 20000);
	error = errno;
	return NULL;
}

int main(void)
{
	struct guest_pages pages;
	pthread_t thread;
	int fd, second;

	skip_on_pv();
	guest_open(&guest);
	guest_share(&guest, &pages, 9);
	CHECK_ERRNO(gntdev_old_wait(guest.gntdev, 12345, 10), ENOENT);
	CHECK_ERRNO(gntdev_old_wait(guest.gntdev, (uint32_t)guest.gntdev, 10),
		    ENOENT);

	fd = CHECK_OK(gntdev_old_export(guest.gntdev, 0, guest.domid, pages.refs,
					pages.count));
	second = CHECK_OK(dup(fd));
	CHECK_OK(close(fd));
	CHECK_ERRNO(gntdev_old_wait(guest.gntdev, (uint32_t)fd, 50), ETIMEDOUT);
	REQUIRE(!pthread_create(&thread, NULL, wait_for, (void *)(intptr_t)fd));
	sleep_ms(300);
	CHECK_OK(close(second));
	REQUIRE(!pthread_join(thread, NULL));
	if (result)
		FAIL("the waiter got errno %d (%s)", error, strerror(error));
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, pages.count)));
	CHECK_ERRNO(gntdev_old_wait(guest.gntdev, (uint32_t)fd, 0), ENOENT);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
