// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 * mainline-spoils
 * platforms: arm64
 *
 * The old wait is out of memory (test-faults simulates this). It may fail, but the next wait works.
 * Linux before 6.12.118 then has a wrong count of the buffer's users, so the buffer is never
 * reported as released although its last grant is unmapped. MAINLINE=1 expects this. Later kernels
 * count correctly, but without the lock that protects the release by the last user. The source
 * shows this, but no test does.
 */
#include <sys/eventfd.h>
#include <unistd.h>

#include "case.h"
#include "faults.h"
#include "guest.h"
#include "hv.h"

#define PAGES	8

static struct guest guest;

static bool is_released(int fd)
{
	return !gntdev_old_wait(guest.gntdev, (uint32_t)fd, 1000) || errno == ENOENT;
}

/* Uses up the injected fault if the wait did not: this call also allocates memory, and may fail. */
static void use_fault_up(void)
{
	int unused = eventfd(0, EFD_CLOEXEC);

	if (unused >= 0)
		CHECK_OK(close(unused));
}

static void wait_without_memory(int fd)
{
	int ret;

	fault_set(FAULT_NO_MEMORY, 1);
	ret = gntdev_old_wait(guest.gntdev, (uint32_t)fd, 100);
	CHECK_EQ(ret, -1);
	if (is_mainline())
		CHECK_EQ(errno, ENOMEM);
	else
		CHECK(errno == ENOMEM || errno == ETIMEDOUT);
	use_fault_up();
}

int main(void)
{
	struct guest_pages pages;
	bool released;
	int fd;

	faults_begin();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	fd = old_export_pages(&guest, &pages, 0);
	wait_without_memory(fd);

	CHECK_OK(close(fd));
	released = is_released(fd);
	if (is_mainline() && released)
		SKIP("this kernel counts correctly, although without the lock");
	CHECK_EQ(released, !is_mainline());
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	if (is_mainline())
		note("reproduced: no grant is mapped, but the buffer is not reported as released");
	return CASE_PASS;
}
