// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 * mainline-spoils
 *
 * The old import refuses dma-bufs of the old export. Unpatched kernels accept them. Then the import
 * holds the dma-buf, the dma-buf holds the file, and the file holds the import, so none of them is
 * ever released. MAINLINE=1 expects that the guest's pages stay mapped after the end of the
 * process.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	16

static struct guest guest;
static struct guest_pages pages;

/* Runs in its own process, whose end closes all its descriptors. */
static void import_own_export(void)
{
	uint32_t refs[PAGES];
	unsigned int fds;
	int fd;

	guest_open_gntdev(&guest);
	fd = old_export_pages(&guest, &pages, 0);
	fds = count_fds();
	if (is_mainline())
		CHECK_OK(gntdev_old_import(guest.gntdev, fd, guest.domid, refs, PAGES));
	else
		CHECK_ERRNO(gntdev_old_import(guest.gntdev, fd, guest.domid, refs,
					      PAGES), EOPNOTSUPP);
	CHECK_EQ(count_fds(), fds);
	_exit(CASE_PASS);
}

static void run_child(void)
{
	pid_t child = fork();
	int status;

	REQUIRE(child >= 0);
	if (!child)
		import_own_export();
	REQUIRE(waitpid(child, &status, 0) == child);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : CASE_FAIL);
}

/* The new exports are refused as well, on the same gntdev file and on another one. */
static void refuse(uint32_t flags)
{
	struct export export = export_pages(&guest, &pages, flags);
	int other = gntdev_open();
	uint32_t refs[PAGES];

	REQUIRE(other >= 0);
	CHECK_ERRNO(gntdev_old_import(guest.gntdev, export.fd, guest.domid, refs, PAGES),
		    EOPNOTSUPP);
	CHECK_ERRNO(gntdev_old_import(other, export.fd, guest.domid, refs, PAGES), EOPNOTSUPP);
	CHECK_OK(close(other));
	export_close(&guest, &export);
}

static int reproduce(void)
{
	sleep_ms(2000);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), PAGES);
	note("reproduced: %u grants are mapped 2 s after the end of the process", PAGES);
	return CASE_PASS;
}

int main(void)
{
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	run_child();
	if (is_mainline())
		return reproduce();
	refuse(0);
	refuse(GNTDEV_DMABUF_EXPORT_READONLY);
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
