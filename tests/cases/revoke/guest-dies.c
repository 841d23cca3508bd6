// SPDX-License-Identifier: GPL-2.0
/*
 * kills-domu
 * limit: 120
 *
 * The guest is destroyed while its pages are mapped for a device and for a process. Then the export
 * is revoked. The process gets SIGBUS. The device keeps the pages until its driver unmaps them.
 * Then nothing of the guest is left.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "access.h"
#include "case.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"

#define PAGES	32

static bool is_out(void *memory)
{
	uint64_t value;

	return !try_read(memory, &value);
}

int main(void)
{
	struct scene scene;
	int importer;
	void *memory;

	importer = importer_open();
	scene_open(&scene, PAGES, 0);
	memory = export_map(&scene.export, PROT_READ | PROT_WRITE);
	CHECK_OK(importer_hold(importer, scene.export.fd, 0));
	guest_destroy();
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));

	export_revoke(&scene.guest, &scene.export);
	CHECK(WITHIN_MS(5000, is_out(memory)));
	expect_sigbus(memory, PAGES);
	export_is_held(&scene.guest, &scene.export);
	CHECK(domain_exists(scene.guest.domid));
	CHECK_EQ(hv_mapped(scene.guest.domid, scene.pages.refs, PAGES), PAGES);

	CHECK_OK(importer_drop(importer));
	export_wait(&scene.guest, &scene.export);
	CHECK(WITHIN_MS(10000, !domain_exists(scene.guest.domid)));
	export_unmap(&scene.export, memory);
	CHECK_OK(close(scene.export.fd));
	close(importer);
	return CASE_PASS;
}
