// SPDX-License-Identifier: GPL-2.0
/*
 * An export can have several eventfds. Adding one twice is EEXIST, also by another descriptor. A
 * caller removes only the eventfd that it passes. If that was not added, the error is ENOENT. A
 * descriptor that is not an eventfd is EINVAL, an invalid descriptor EBADF, and an unknown id
 * ENOENT.
 */
#include <unistd.h>

#include "case.h"
#include "events.h"
#include "guest.h"

#define QUIET_MS	200

static struct scene scene;

static int notify(int event)
{
	return gntdev_notify(scene.guest.gntdev, scene.export.id, event);
}

static int unnotify(int event)
{
	return gntdev_unnotify(scene.guest.gntdev, scene.export.id, event);
}

static void check_unknown(int gntdev, uint64_t last, int event)
{
	CHECK_ERRNO(gntdev_notify(gntdev, 0, event), ENOENT);
	CHECK_ERRNO(gntdev_notify(gntdev, last + 1, event), ENOENT);
	CHECK_ERRNO(gntdev_notify(gntdev, 1ULL << 32 | last, event), ENOENT);
	CHECK_ERRNO(gntdev_notify(gntdev, ~0ULL, event), ENOENT);
	CHECK_ERRNO(gntdev_unnotify(gntdev, last + 1, event), ENOENT);
}

static void check_other_file(int event)
{
	int gntdev = gntdev_open();

	REQUIRE(gntdev >= 0);
	CHECK_ERRNO(gntdev_notify(gntdev, scene.export.id, event), ENOENT);
	close(gntdev);
}

static void check_descriptors(int event)
{
	int ends[2], closed = dup(event);

	REQUIRE(closed >= 0);
	REQUIRE(!pipe(ends));
	REQUIRE(!close(closed));
	CHECK_ERRNO(notify(closed), EBADF);
	CHECK_ERRNO(notify(-1), EBADF);
	CHECK_ERRNO(unnotify(closed), EBADF);
	CHECK_ERRNO(unnotify(-1), EBADF);
	CHECK_ERRNO(unnotify(ends[0]), EINVAL);
	CHECK_ERRNO(notify(0x7fffffff), EBADF);
	CHECK_ERRNO(notify(ends[1]), EINVAL);
	CHECK_ERRNO(notify(scene.guest.gntdev), EINVAL);
	CHECK_ERRNO(notify(scene.export.fd), EINVAL);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	int one, two, three, same;

	one = event_open();
	same = CHECK_OK(dup(one));
	two = event_open();
	three = event_open();
	scene_open(&scene, 3, 0);
	check_unknown(scene.guest.gntdev, scene.export.id, one);
	check_other_file(one);
	check_descriptors(one);

	CHECK_OK(notify(one));
	CHECK_OK(notify(two));
	CHECK_ERRNO(notify(one), EEXIST);
	CHECK_ERRNO(notify(same), EEXIST);
	CHECK_ERRNO(unnotify(three), ENOENT);
	CHECK_OK(unnotify(same));
	CHECK_ERRNO(unnotify(one), ENOENT);
	CHECK_OK(notify(three));

	export_close(&scene.guest, &scene.export);
	CHECK_EQ(event_wait(two), 1);
	CHECK_EQ(event_wait(three), 1);
	sleep_ms(QUIET_MS);
	CHECK_EQ(event_count(one), 0);
	CHECK_ERRNO(unnotify(two), ENOENT);
	check_unknown(scene.guest.gntdev, scene.export.id, one);
	/* The export is released, so NOTIFY works again. */
	CHECK_OK(notify(one));
	CHECK_EQ(event_count(one), 1);
	scene_close(&scene);
	return CASE_PASS;
}
