// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 120
 *
 * Each allocation that EXPORT makes fails once: it says so, or goes on without, and
 * leaves neither a descriptor nor a mapped grant behind. (Needs the debug kernel.)
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES		70	/* more than one batch */
#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define DEBUGFS		"/sys/kernel/debug/"

static void set(const char *path, const char *value)
{
	FILE *file = fopen(path, "w");

	REQUIRE(file);
	REQUIRE(fputs(value, file) >= 0);
	REQUIRE(!fclose(file));
}

/* Allocations that may sleep count, single pages count, and nobody logs it. */
static void prepare_injection(void)
{
	if (access(FAIL_NTH, W_OK))
		SKIP("this kernel has no fault injection");
	set(DEBUGFS "failslab/ignore-gfp-wait", "N");
	set(DEBUGFS "failslab/verbose", "0");
	set(DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N");
	set(DEBUGFS "fail_page_alloc/min-order", "0");
	set(DEBUGFS "fail_page_alloc/verbose", "0");
}

/* EXPORT with the n-th allocation failing. Was there an n-th one? */
static bool export_failing(struct guest *guest, struct gntdev_dmabuf_export *args,
			   unsigned int n, int *err)
{
	char text[16];
	int fd, len;

	fd = open(FAIL_NTH, O_RDWR);
	REQUIRE(fd >= 0);
	len = snprintf(text, sizeof(text), "%u", n);
	REQUIRE(write(fd, text, len) == len);
	*err = gntdev_export(guest->gntdev, args) ? errno : 0;
	REQUIRE(pread(fd, text, sizeof(text) - 1, 0) > 0);
	REQUIRE(write(fd, "0", 1) == 1);
	close(fd);
	return text[0] == '0';
}

static bool is_expected(int err)
{
	/* Arm's p2m entries are allocated behind Xen's answer. */
	return !err || err == ENOMEM ||
	       (err == EREMOTEIO && platform_is("arm64"));
}

int main(void)
{
	unsigned int n, failed = 0, fds;
	struct gntdev_dmabuf_export args;
	struct guest_pages pages;
	struct guest guest;
	int err;

	prepare_injection();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	fds = count_fds();

	for (n = 1;; n++) {
		args = gntdev_export_args(guest.domid, pages.refs, PAGES);
		if (!export_failing(&guest, &args, n, &err))
			break;
		if (!is_expected(err))
			FAIL("allocation %u failing: errno %d (%s)", n, err,
			     strerror(err));
		if (err) {
			failed++;
		} else {
			CHECK_OK(close(args.fd));
			CHECK_OK(gntdev_wait(guest.gntdev, args.id, in_ms(5000)));
		}
		CHECK_EQ(count_fds(), fds);
	}
	note("%u allocations, %u of them indispensable", n - 1, failed);
	/* Without an error of this call: it was the one with nothing failing. */
	CHECK_EQ(err, 0);
	CHECK_OK(close(args.fd));
	CHECK_OK(gntdev_wait(guest.gntdev, args.id, in_ms(5000)));
	/* The export itself, its id's entry, its file, ... */
	CHECK(failed >= 5);
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
