// SPDX-License-Identifier: GPL-2.0
/*
 * REVOKE of an unused export releases it while its descriptor is open. New users are refused.
 * REVOKE again before and after the release, or of an export that was just closed, is no error. An
 * unknown id is ENOENT.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"

#define PAGES	80	/* more than one batch of unmaps */

static void check_gone(struct scene *scene, int importer)
{
	CHECK_EQ(export_state(&scene->guest, scene->export.id),
		 GNTDEV_DMABUF_STATE_RELEASED);
	CHECK_EQ(hv_mapped(scene->guest.domid, scene->pages.refs, PAGES), 0);
	CHECK_ERRNO(mmap(NULL, scene->export.size, PROT_READ, MAP_SHARED,
			 scene->export.fd, 0), ENODEV);
	CHECK_ERRNO(importer_try(importer, scene->export.fd), ENODEV);
	CHECK_EQ(CHECK_OK(lseek(scene->export.fd, 0, SEEK_END)), scene->export.size);
}

static void check_unknown(int gntdev, uint64_t last)
{
	CHECK_ERRNO(gntdev_revoke(gntdev, 0), ENOENT);
	CHECK_ERRNO(gntdev_revoke(gntdev, last + 1), ENOENT);
	CHECK_ERRNO(gntdev_revoke(gntdev, 1ULL << 32 | last), ENOENT);
	CHECK_ERRNO(gntdev_revoke(gntdev, ~0ULL), ENOENT);
}

/* An id of one gntdev file is unknown to another. */
static void check_other_file(struct scene *scene)
{
	int gntdev = gntdev_open();

	REQUIRE(gntdev >= 0);
	CHECK_ERRNO(gntdev_revoke(gntdev, scene->export.id), ENOENT);
	CHECK_EQ(export_state(&scene->guest, scene->export.id), GNTDEV_DMABUF_STATE_LIVE);
	close(gntdev);
}

int main(void)
{
	struct export closed;
	struct scene scene;
	int importer;

	importer = importer_open();
	scene_open(&scene, PAGES, 0);
	check_unknown(scene.guest.gntdev, scene.export.id);
	check_other_file(&scene);

	export_revoke(&scene.guest, &scene.export);
	export_revoke(&scene.guest, &scene.export);
	export_wait(&scene.guest, &scene.export);
	check_gone(&scene, importer);
	export_revoke(&scene.guest, &scene.export);
	check_unknown(scene.guest.gntdev, scene.export.id);

	/* The pages can be exported again. */
	closed = export_pages(&scene.guest, &scene.pages, 0);
	CHECK_EQ(export_state(&scene.guest, closed.id), GNTDEV_DMABUF_STATE_LIVE);
	export_close(&scene.guest, &closed);
	export_revoke(&scene.guest, &closed);
	check_gone(&scene, importer);
	scene_close(&scene);
	return CASE_PASS;
}
