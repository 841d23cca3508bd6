// SPDX-License-Identifier: GPL-2.0
/*
 * Unfinished work of a device keeps the pages mapped after REVOKE. The driver unmaps either before
 * or after the fence of the work is signalled.
 */
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"

#define PAGES	17

static struct scene scene;
static int importer;

static void hold_with_fence(const struct export *export)
{
	CHECK_OK(importer_hold(importer, export->fd, 0));
	CHECK_OK(importer_fence(importer));
}

static void check_held(const struct export *export)
{
	export_is_held(&scene.guest, export);
	CHECK_EQ(hv_mapped(scene.guest.domid, scene.pages.refs, PAGES), PAGES);
}

static void check_released(struct export *export)
{
	export_wait(&scene.guest, export);
	CHECK_EQ(hv_mapped(scene.guest.domid, scene.pages.refs, PAGES), 0);
	export_close(&scene.guest, export);
}

static void try_fence_last(struct export *export)
{
	hold_with_fence(export);
	export_revoke(&scene.guest, export);
	check_held(export);
	CHECK_OK(importer_drop(importer));
	check_held(export);
	CHECK_OK(importer_signal(importer));
	check_released(export);
}

/* The driver unmaps before REVOKE, and the fence is still pending. */
static void try_fence_only(void)
{
	struct export export = export_pages(&scene.guest, &scene.pages, 0);

	hold_with_fence(&export);
	CHECK_OK(importer_drop(importer));
	export_revoke(&scene.guest, &export);
	check_held(&export);
	CHECK_OK(importer_signal(importer));
	check_released(&export);
}

static void try_fence_first(void)
{
	struct export export = export_pages(&scene.guest, &scene.pages, 0);

	hold_with_fence(&export);
	export_revoke(&scene.guest, &export);
	check_held(&export);
	CHECK_OK(importer_signal(importer));
	check_held(&export);
	CHECK_OK(importer_drop(importer));
	check_released(&export);
}

int main(void)
{
	importer = importer_open();
	scene_open(&scene, PAGES, 0);
	try_fence_last(&scene.export);
	scene.export.fd = -1;
	try_fence_only();
	try_fence_first();
	close(importer);
	scene_close(&scene);
	return CASE_PASS;
}
