// SPDX-License-Identifier: GPL-2.0
/*
 * Deadlines of a wait for a live export. 0 and past times are ETIMEDOUT immediately. A wait with a
 * deadline in 200 ms does not end early, and only ends as late as on an emulated machine.
 */
#include "case.h"
#include "guest.h"

#define LATE_MS	5000

static void try_deadline(struct scene *scene, uint64_t deadline)
{
	uint64_t now;

	CHECK_ERRNO(gntdev_wait(scene->guest.gntdev, scene->export.id, deadline),
		    ETIMEDOUT);
	now = now_ns();
	if (deadline > 1 && now < deadline)
		FAIL("%llu us before the deadline",
		     (unsigned long long)(deadline - now) / 1000);
}

static void try_at_once(struct scene *scene, uint64_t deadline)
{
	uint64_t start = now_ns();

	try_deadline(scene, deadline);
	CHECK(now_ns() - start < LATE_MS * NSEC_PER_MSEC);
}

int main(void)
{
	struct scene scene;
	uint64_t deadline;
	unsigned int i;

	scene_open(&scene, 2, 0);
	try_at_once(&scene, GNTDEV_DMABUF_WAIT_POLL);
	try_at_once(&scene, 1);
	try_at_once(&scene, now_ns() - 1);
	for (i = 0; i < 5; i++) {
		deadline = in_ms(200);
		try_deadline(&scene, deadline);
		note("%llu us after the deadline",
		     (unsigned long long)(now_ns() - deadline) / 1000);
		CHECK(now_ns() < deadline + LATE_MS * NSEC_PER_MSEC);
	}
	CHECK_EQ(export_state(&scene.guest, scene.export.id),
		 GNTDEV_DMABUF_STATE_LIVE);
	scene_close(&scene);
	return CASE_PASS;
}
