// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 *
 * Two buffers get the same descriptor number, while a duplicate descriptor holds the first one. A
 * wait for the released buffer returns, and a wait for the held buffer does not, because an id
 * identifies only one buffer. Unpatched kernels only have the old wait, which finds buffers by the
 * number. MAINLINE=1 expects that a wait for the second buffer times out while the first one lives,
 * and that a wait for the duplicate does not find its buffer.
 */
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define HALF	8

static struct guest guest;
static struct guest_pages pages;

static unsigned int mapped(unsigned int which)
{
	return hv_mapped(guest.domid, pages.refs + which * HALF, HALF);
}

static struct guest_pages half(unsigned int which)
{
	return (struct guest_pages){ .count = HALF, .refs = pages.refs + which * HALF };
}

static struct export make(unsigned int which)
{
	struct guest_pages part = half(which);

	if (!is_mainline())
		return export_pages(&guest, &part, 0);
	return (struct export){ .fd = old_export_pages(&guest, &part, 0) };
}

static int wait_for(const struct export *export, unsigned int ms)
{
	if (!is_mainline())
		return gntdev_wait(guest.gntdev, export->id, in_ms(ms));
	return gntdev_old_wait(guest.gntdev, (uint32_t)export->fd, ms);
}

static void reproduce(const struct export *second, const struct export *held)
{
	CHECK_ERRNO(wait_for(second, 300), ETIMEDOUT);
	CHECK_ERRNO(wait_for(held, 300), ENOENT);
	note("reproduced: the wait for a released buffer times out; a live buffer is not found");
}

int main(void)
{
	struct export first, second, held;

	guest_open(&guest);
	guest_share(&guest, &pages, 2 * HALF);
	first = make(0);
	held = first;
	held.fd = CHECK_OK(dup(first.fd));
	CHECK_OK(close(first.fd));
	second = make(1);
	CHECK_EQ(second.fd, first.fd);

	CHECK_OK(close(second.fd));
	CHECK(WITHIN_MS(5000, !mapped(1)));
	CHECK_EQ(mapped(0), HALF);
	if (is_mainline()) {
		reproduce(&second, &held);
	} else {
		CHECK_OK(wait_for(&second, 300));
		CHECK_ERRNO(wait_for(&held, 300), ETIMEDOUT);
	}
	CHECK_OK(close(held.fd));
	CHECK(WITHIN_MS(5000, !mapped(0)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
