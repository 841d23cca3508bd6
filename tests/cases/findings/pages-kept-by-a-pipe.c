// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 * before-patch: 1
 *
 * A process cannot keep single pages of an export beyond its end, for example by splicing them into
 * a pipe. On unpatched kernels it can. These delay the unmapping until the pipe is empty, also if
 * everything else is closed, and do not pin the module meanwhile. If the module is then unloaded,
 * they call code that no longer exists. MAINLINE=1 expects mapped grants while the module is
 * unused.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	4
#define BYTES	(PAGES * PAGE_BYTES)
#define USERS	"/sys/module/xen_gntdev/refcnt"

static struct guest guest;
static struct guest_pages pages;

/* On unpatched kernels the dma-buf has no mmap, but an offset in the gntdev file. */
static void *map(int fd)
{
	return CHECK_OK(mmap(NULL, BYTES, PROT_READ, MAP_SHARED,
			     is_mainline() ? guest.gntdev : fd, 0));
}

static ssize_t splice_into(int pipe, void *memory)
{
	struct iovec all = { .iov_base = memory, .iov_len = BYTES };

	return vmsplice(pipe, &all, 1, 0);
}

static void reproduce(int ends[2], long users)
{
	sleep_ms(500);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), PAGES);
	CHECK_EQ(read_long(USERS), users);
	note("reproduced: the unmapping of %u grants is pending, and nothing pins the module",
	     PAGES);
	CHECK_OK(close(ends[0]));
	CHECK_OK(close(ends[1]));
}

int main(void)
{
	long users = read_long(USERS);
	int fd, ends[2];
	void *memory;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	REQUIRE(!pipe(ends));
	fd = old_export_pages(&guest, &pages, 0);
	memory = map(fd);
	CHECK(memory_is(memory, 0, PAGES, pages.seed));
	if (is_mainline())
		CHECK_EQ(CHECK_OK(splice_into(ends[1], memory)), BYTES);
	else
		CHECK_ERRNO(splice_into(ends[1], memory), EFAULT);
	CHECK_OK(munmap(memory, BYTES));
	CHECK_OK(close(fd));
	guest_close_gntdev(&guest);
	if (is_mainline())
		reproduce(ends, users);
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK(WITHIN_MS(5000, read_long(USERS) == users));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
