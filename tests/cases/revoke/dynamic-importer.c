// SPDX-License-Identifier: GPL-2.0
/*
 * REVOKE notifies a dynamic driver once, and the driver unmaps. The export is released while the
 * driver is attached. Linux before 6.15 maps a dma-buf that is not dynamic at the attach of such a
 * driver, and only unmaps it at the detach. On these kernels REVOKE notifies the driver as well,
 * but the release waits for the detach.
 */
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"

#define PAGES	40

static struct scene scene;

static bool unmaps_only_on_detach(void)
{
	unsigned int major, minor;
	struct utsname name;

	REQUIRE(!uname(&name));
	REQUIRE(sscanf(name.release, "%u.%u", &major, &minor) == 2);
	return major < 6 || (major == 6 && minor < 15);
}

int main(void)
{
	int importer, fixed;

	importer = importer_open();
	fixed = importer_open();
	scene_open(&scene, PAGES, 0);
	CHECK_OK(importer_hold(importer, scene.export.fd, IMPORTER_DYNAMIC));
	CHECK_OK(importer_hold(fixed, scene.export.fd, 0));
	CHECK_EQ(importer_invalidated(importer), 0);

	export_revoke(&scene.guest, &scene.export);
	CHECK(WITHIN_MS(5000, importer_invalidated(importer) > 0));
	export_is_held(&scene.guest, &scene.export);
	CHECK_EQ(hv_mapped(scene.guest.domid, scene.pages.refs, PAGES), PAGES);

	CHECK_OK(importer_drop(fixed));
	if (unmaps_only_on_detach()) {
		export_is_held(&scene.guest, &scene.export);
		CHECK_OK(importer_drop(importer));
	}
	export_wait(&scene.guest, &scene.export);
	CHECK_EQ(hv_mapped(scene.guest.domid, scene.pages.refs, PAGES), 0);
	CHECK_EQ(importer_invalidated(importer), 1);
	close(importer);
	close(fixed);
	scene_close(&scene);
	return CASE_PASS;
}
