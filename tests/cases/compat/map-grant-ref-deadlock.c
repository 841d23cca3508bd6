// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 *
 * MAP_GRANT_REF cannot write its result yet, because the page is missing. (userfaultfd simulates
 * any slow page fault, for example swapping or a fault that needs mmap_lock.) Meanwhile another
 * thread mmaps the same gntdev file. Unpatched kernels write the result under the lock of the file.
 * mmap takes that lock under mmap_lock, and the page fault needs mmap_lock. Only SIGKILL ends this
 * deadlock. MAINLINE=1 expects it.
 *
 * If the result cannot be written at all, no mapping remains. So mmap finds none, and nothing is
 * freed twice if another thread guesses its index.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "gnt.h"
#include "uffd.h"

/* gntdev.h uses a kernel type, in a structure that this case does not use. */
typedef uint32_t grant_ref_t;
typedef uint16_t domid_t;
#define __user
#include <xen/gntdev.h>

#define STUCK_MS	5000
#define STORM_MS	1000

static int gntdev;
static bool done;
static int mmapper;

static struct ioctl_gntdev_map_grant_ref *new_args(void)
{
	struct ioctl_gntdev_map_grant_ref *args;

	args = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(args != MAP_FAILED);
	args->count = 1;
	/* A domain that need not exist, because nothing is mapped before mmap(). */
	args->refs[0].domid = 1;
	return args;
}

static void *map_grant_ref(void *args)
{
	CHECK_OK(ioctl(gntdev, IOCTL_GNTDEV_MAP_GRANT_REF, args));
	return NULL;
}

static void *mmap_nothing(void *unused)
{
	(void)unused;
	tell_tid(&mmapper);
	CHECK_ERRNO(mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, gntdev,
			 1000 * (off_t)PAGE_BYTES), EINVAL);
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Is the mmap done or waiting for a lock? */
static bool mmap_has_got_far(void)
{
	return __atomic_load_n(&done, __ATOMIC_ACQUIRE) || tid_is(&mmapper, 'D');
}

static int open_gntdev(void)
{
	int fd = gntdev_open();

	REQUIRE(fd >= 0);
	return fd;
}

static void meet(void)
{
	struct ioctl_gntdev_map_grant_ref *args = new_args();
	pthread_t mapping, mmapping;
	struct uffd uffd;

	gntdev = open_gntdev();
	uffd_take_writes(&uffd, args);
	REQUIRE(!pthread_create(&mapping, NULL, map_grant_ref, args));
	REQUIRE(uffd_is_wanted(&uffd, STUCK_MS));
	REQUIRE(!pthread_create(&mmapping, NULL, mmap_nothing, NULL));
	REQUIRE(WITHIN_MS(STUCK_MS, mmap_has_got_far()));
	uffd_give_back(&uffd);
	REQUIRE(!pthread_join(mapping, NULL));
	REQUIRE(!pthread_join(mmapping, NULL));
	_exit(CASE_PASS);
}

static void try_meet(void)
{
	bool over;
	int status;
	pid_t child;

	child = fork();
	REQUIRE(child >= 0);
	if (!child)
		meet();
	over = WITHIN_MS(3 * STUCK_MS, waitpid(child, &status, WNOHANG) == child);
	if (!over) {
		REQUIRE(!kill(child, SIGKILL));
		CHECK(WITHIN_MS(STUCK_MS, waitpid(child, &status, WNOHANG) == child));
	}
	if (getenv("MAINLINE")) {
		CHECK(!over);
		note("reproduced: MAP_GRANT_REF and mmap wait for each other");
		return;
	}
	if (!over)
		FAIL("after %u ms MAP_GRANT_REF and mmap still wait for each other", 3 * STUCK_MS);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), CASE_PASS);
}

static void try_not_written(const struct ioctl_gntdev_map_grant_ref *args)
{
	CHECK_ERRNO(ioctl(gntdev, IOCTL_GNTDEV_MAP_GRANT_REF, args), EFAULT);
	CHECK_ERRNO(mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, gntdev, 0), EINVAL);
	CHECK_ERRNO(gntdev_unmap_ref(gntdev, 0, 1), ENOENT);
}

static void *guess(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
		if (gntdev_unmap_ref(gntdev, 0, 1))
			CHECK_EQ(errno, ENOENT);
	return NULL;
}

static void try_guesses(const struct ioctl_gntdev_map_grant_ref *args)
{
	uint64_t end = in_ms(STORM_MS);
	pthread_t thread;

	done = false;
	REQUIRE(!pthread_create(&thread, NULL, guess, NULL));
	while (now_ns() < end)
		try_not_written(args);
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	REQUIRE(!pthread_join(thread, NULL));
}

int main(void)
{
	struct ioctl_gntdev_map_grant_ref *args;

	try_meet();
	if (getenv("MAINLINE"))
		return CASE_PASS;

	gntdev = open_gntdev();
	args = new_args();
	REQUIRE(!mprotect(args, PAGE_BYTES, PROT_READ));
	try_not_written(args);
	try_guesses(args);
	return CASE_PASS;
}
