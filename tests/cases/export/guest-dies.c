// SPDX-License-Identifier: GPL-2.0
/*
 * kills-domu
 * limit: 120
 *
 * The guest is destroyed while its pages are exported. They are mapped by a process, for the kernel
 * and for a busy device (a fence is pending), a thread waits for them, and another buffer is being
 * revoked. All users can still access the pages, whose contents stay the same. The buffers are
 * released like any others. Then nothing of the guest is left.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "access.h"
#include "case.h"
#include "guest.h"
#include "importer.h"
#include "waiter.h"

#define PAGES	32
#define GONE_MS	10000

static struct scene scene;

static void check_held(int importer)
{
	char page[PAGE_BYTES];

	CHECK_OK(importer_read(importer, 3 * PAGE_BYTES, page, sizeof(page)));
	CHECK(memory_is(page, 3, 1, scene.pages.seed));
}

/* The second buffer has the same pages. It is revoked and held by a busy device. */
static void let_go_of_revoked(struct export *revoked, int importer, void *memory)
{
	expect_sigbus(memory, PAGES);
	export_unmap(revoked, memory);
	export_is_held(&scene.guest, revoked);
	CHECK_OK(importer_drop(importer));
	export_is_held(&scene.guest, revoked);
	CHECK_OK(importer_signal(importer));
	export_wait(&scene.guest, revoked);
	CHECK_OK(close(revoked->fd));
}

int main(void)
{
	int holding = importer_open(), busy = importer_open(), device = importer_open();
	void *memory, *revoked_memory;
	struct export revoked;
	struct waiter waiter;

	scene_open(&scene, PAGES, 0);
	memory = export_map(&scene.export, PROT_READ | PROT_WRITE);
	CHECK(memory_is(memory, 0, PAGES / 2, scene.pages.seed));
	CHECK_OK(importer_hold(holding, scene.export.fd, IMPORTER_VMAP));
	CHECK_OK(importer_hold(device, scene.export.fd, 0));
	CHECK_OK(importer_fence(device));
	waiter_start(&waiter, scene.guest.gntdev, scene.export.id,
		     GNTDEV_DMABUF_WAIT_FOREVER);
	revoked = export_pages(&scene.guest, &scene.pages, 0);
	revoked_memory = export_map(&revoked, PROT_READ | PROT_WRITE);
	CHECK(memory_is(revoked_memory, 0, PAGES, scene.pages.seed));
	CHECK_OK(importer_hold(busy, revoked.fd, 0));
	CHECK_OK(importer_fence(busy));
	export_revoke(&scene.guest, &revoked);

	guest_destroy();
	CHECK(domain_exists(scene.guest.domid));
	/* This accesses half of the pages for the first time. */
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	check_held(holding);
	CHECK_EQ(export_state(&scene.guest, scene.export.id),
		 GNTDEV_DMABUF_STATE_LIVE);
	let_go_of_revoked(&revoked, busy, revoked_memory);

	export_unmap(&scene.export, memory);
	CHECK_OK(close(scene.export.fd));
	sleep_ms(200);
	CHECK(!waiter_is_done(&waiter));
	CHECK(domain_exists(scene.guest.domid));
	check_held(holding);
	CHECK_OK(importer_drop(holding));
	CHECK_OK(importer_signal(device));
	sleep_ms(200);
	CHECK(!waiter_is_done(&waiter));
	CHECK_OK(importer_drop(device));
	waiter_is_released(&waiter);
	CHECK(WITHIN_MS(GONE_MS, !domain_exists(scene.guest.domid)));
	return CASE_PASS;
}
