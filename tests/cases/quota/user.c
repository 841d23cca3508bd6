// SPDX-License-Identifier: GPL-2.0
/*
 * The parameter export_limit_user limits the exported pages of each user. One more page is EDQUOT.
 * The limit covers all files: ten files that are closed at once do not get ten times as many pages.
 * Pages can be exported again after they are released or after their export failed. Another user
 * has its own limit. Its exports stay charged to it, also if another process holds the last
 * descriptor. A lower limit does not end an export.
 */
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "importer.h"
#include "quota.h"
#include "restore.h"

#define PAGES	64
#define LIMIT	40
#define HALF	20

static struct guest guest;
static struct guest_pages pages;

static int try_export(uint32_t first, uint32_t count, struct export *export)
{
	struct gntdev_dmabuf_export args;

	args = gntdev_export_args(guest.domid, pages.refs + first, count);
	if (gntdev_export(guest.gntdev, &args))
		return -1;
	*export = export_made(&args);
	return 0;
}

static struct export export_first(uint32_t count)
{
	struct export export;

	CHECK_OK(try_export(0, count, &export));
	return export;
}

/* Checks that exactly @count more pages can be exported. */
static void check_left(uint32_t count)
{
	struct export export;

	CHECK_ERRNO(try_export(0, count + 1, &export), EDQUOT);
	CHECK_ERRNO(gntdev_old_export(guest.gntdev, 0, guest.domid, pages.refs, count + 1),
		    EDQUOT);
	if (!count)
		return;
	CHECK_OK(try_export(0, count, &export));
	CHECK_ERRNO(try_export(0, 1, &export), EDQUOT);
	export_close(&guest, &export);
}

static void check_failed_given_back(uint32_t left)
{
	struct gntdev_dmabuf_export args;
	uint32_t good = pages.refs[left - 1];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		args = gntdev_export_args(guest.domid, pages.refs, left);
		pages.refs[left - 1] = REF_OUT_OF_RANGE;
		CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EREMOTEIO);
		pages.refs[left - 1] = good;
		args.refs = 8;
		CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EFAULT);
		args.refs = (uintptr_t)pages.refs;
		args.status = 8;
		CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EFAULT);
	}
	check_left(left);
}

#define FILES	10

/* The remaining pages can be exported on several files together. */
static void check_other_files(uint32_t left)
{
	struct export exports[FILES], one;
	const struct guest first = guest;
	unsigned int i;

	REQUIRE(left == FILES);
	for (i = 0; i < FILES; i++) {
		guest_open_gntdev(&guest);
		CHECK_OK(try_export(0, 1, &exports[i]));
		guest_close_gntdev(&guest);
	}
	guest_open_gntdev(&guest);
	CHECK_ERRNO(try_export(0, 1, &one), EDQUOT);
	guest_close_gntdev(&guest);
	guest = first;
	for (i = 0; i < FILES; i++)
		CHECK_OK(close(exports[i].fd));
	CHECK(WITHIN_MS(5000, exported_pages_of_user(0) == LIMIT - (long)left));
}

#define OTHER_UID	12345

/* A process of another user exports up to its limit, on this process's file, and waits. */
static void as_other_user(int result)
{
	struct export export;

	if (setuid(OTHER_UID))
		_exit(1);
	if (try_export(0, LIMIT + 1, &export) != -1 || errno != EDQUOT)
		_exit(2);
	if (try_export(0, LIMIT, &export))
		_exit(3);
	if (write(result, &export, sizeof(export)) != sizeof(export))
		_exit(4);
	if (try_export(0, 1, &export) != -1 || errno != EDQUOT)
		_exit(5);
	pause();
}

/* Duplicates a descriptor of another process. */
static int steal_fd(pid_t pid, int fd)
{
	int pidfd = CHECK_OK(pidfd_open(pid, 0));
	int own = CHECK_OK(pidfd_getfd(pidfd, fd, 0));

	close(pidfd);
	return own;
}

static void check_other_user(void)
{
	struct export export;
	int ends[2], status;
	pid_t child;

	REQUIRE(!pipe(ends));
	child = fork();
	REQUIRE(child >= 0);
	if (!child)
		as_other_user(ends[1]);
	close(ends[1]);
	if (read(ends[0], &export, sizeof(export)) != sizeof(export)) {
		waitpid(child, &status, 0);
		FAIL("the other user's process: step %d", WEXITSTATUS(status));
	}
	close(ends[0]);
	export.fd = steal_fd(child, export.fd);
	CHECK_OK(kill(child, SIGKILL));
	CHECK_EQ(waitpid(child, &status, 0), child);

	CHECK_EQ(exported_pages_of_user(OTHER_UID), LIMIT);
	check_left(HALF);
	export_close(&guest, &export);
	CHECK_EQ(exported_pages_of_user(OTHER_UID), 0);
}

/* After REVOKE, the pages count as exported until the device releases them. */
static void check_revoked(struct export *export)
{
	int importer = importer_open();

	CHECK_OK(importer_hold(importer, export->fd, 0));
	export_revoke(&guest, export);
	export_is_held(&guest, export);
	check_left(0);
	CHECK_OK(importer_drop(importer));
	export_wait(&guest, export);
	check_left(HALF);
	export_close(&guest, export);
	check_left(HALF);
	close(importer);
}

int main(void)
{
	struct export one, two;

	keep_file(EXPORT_LIMIT_USER);
	CHECK_EQ(read_long(EXPORT_LIMIT_USER), 0);
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);

	write_long(EXPORT_LIMIT_USER, LIMIT);
	CHECK_OK(try_export(0, HALF, &one));
	check_left(HALF);
	check_failed_given_back(HALF);
	/* The same pages count twice if they are exported twice. */
	CHECK_OK(try_export(0, HALF, &two));
	check_left(0);
	check_revoked(&two);
	check_other_user();
	two = export_first(LIMIT - HALF - FILES);
	check_other_files(FILES);
	export_close(&guest, &two);

	write_long(EXPORT_LIMIT_USER, HALF - 1);
	check_left(0);
	CHECK_EQ(export_state(&guest, one.id), GNTDEV_DMABUF_STATE_LIVE);
	export_close(&guest, &one);
	check_left(HALF - 1);
	write_long(EXPORT_LIMIT_USER, 0);
	CHECK_OK(try_export(0, PAGES, &one));
	export_close(&guest, &one);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
