// SPDX-License-Identifier: GPL-2.0
/*
 * A device has mapped the export, and its driver cannot unmap on REVOKE. REVOKE removes the
 * mappings of processes and refuses new users. But the pages stay mapped and the export stays in
 * REVOKING until the driver has unmapped it. This wakes the waiter.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "access.h"
#include "case.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"
#include "waiter.h"

#define PAGES	33

static struct scene scene;
static struct waiter waiter;

static bool is_out(void *memory)
{
	uint64_t value;

	return !try_read(memory, &value);
}

static void check_nobody_gets_in(int importer)
{
	int other = importer_open();

	CHECK_ERRNO(importer_try(importer, scene.export.fd), ENODEV);
	CHECK_ERRNO(importer_hold(other, scene.export.fd, 0), ENODEV);
	CHECK_ERRNO(importer_hold(other, scene.export.fd, IMPORTER_DYNAMIC), ENODEV);
	CHECK_ERRNO(mmap(NULL, scene.export.size, PROT_READ, MAP_SHARED, scene.export.fd, 0),
		    ENODEV);
	close(other);
}

static void check_held(void)
{
	struct gntdev_dmabuf_query answer;

	export_is_held(&scene.guest, &scene.export);
	CHECK_EQ(hv_mapped(scene.guest.domid, scene.pages.refs, PAGES), PAGES);
	CHECK_OK(gntdev_query(scene.guest.gntdev, scene.export.id, &answer));
	CHECK_EQ(answer.kind, GNTDEV_DMABUF_KIND_EXPORT);
	CHECK_EQ(answer.domid, scene.guest.domid);
	CHECK_EQ(answer.count, PAGES);
	CHECK_EQ(answer.attachments, 1);
	CHECK_ERRNO(gntdev_wait(scene.guest.gntdev, scene.export.id, 0), ETIMEDOUT);
	CHECK(!waiter_is_done(&waiter));
}

int main(void)
{
	int importer;
	void *memory;

	importer = importer_open();
	scene_open(&scene, PAGES, 0);
	memory = export_map(&scene.export, PROT_READ | PROT_WRITE);
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	CHECK_OK(importer_hold(importer, scene.export.fd, 0));
	waiter_start(&waiter, scene.guest.gntdev, scene.export.id, in_ms(20000));

	export_revoke(&scene.guest, &scene.export);
	/* The mappings of processes are removed before the device unmaps. */
	CHECK(WITHIN_MS(5000, is_out(memory)));
	expect_sigbus(memory, PAGES);
	check_held();
	check_nobody_gets_in(importer);
	export_revoke(&scene.guest, &scene.export);
	check_held();

	CHECK_OK(importer_drop(importer));
	waiter_is_released(&waiter);
	CHECK_EQ(hv_mapped(scene.guest.domid, scene.pages.refs, PAGES), 0);
	CHECK_EQ(export_state(&scene.guest, scene.export.id), GNTDEV_DMABUF_STATE_RELEASED);
	expect_sigbus(memory, PAGES);
	export_unmap(&scene.export, memory);
	scene_close(&scene);
	close(importer);
	return CASE_PASS;
}
