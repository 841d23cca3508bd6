// SPDX-License-Identifier: GPL-2.0
/*
 * vgem, a kernel driver, imports the dma-buf as a PRIME buffer, attaches to it and maps it. This
 * works for writable and READONLY exports. As long as vgem has the buffer, the export lives, and
 * QUERY counts the attachment.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "kms.h"

#define PAGES	300

static struct gntdev_dmabuf_query query(struct scene *scene)
{
	struct gntdev_dmabuf_query answer;

	CHECK_OK(gntdev_query(scene->guest.gntdev, scene->export.id, &answer));
	return answer;
}

/* Imports the buffer: vgem attaches to it and maps it for the device. */
static uint32_t import(struct scene *scene, int vgem)
{
	uint32_t handle;

	CHECK_OK(drm_import(vgem, scene->export.fd, &handle));
	CHECK(handle != 0);
	CHECK_EQ(query(scene).attachments, 1);
	return handle;
}

/* Checks that vgem exports the same dma-buf again, with the guest's pages. */
static void check_exported_again(struct scene *scene, int vgem, uint32_t handle,
				 bool readonly)
{
	struct export again = scene->export;
	unsigned int access = readonly ? 0 : DRM_RDWR;
	struct drm_prime_handle prime = {
		.handle = handle,
		.flags = DRM_CLOEXEC | access,
	};
	void *memory;

	CHECK_OK(ioctl(vgem, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
	again.fd = prime.fd;
	memory = export_map(&again, PROT_READ);
	CHECK(memory_is(memory, 0, PAGES, scene->pages.seed));
	export_unmap(&again, memory);
	close(again.fd);
}

static void try_import(int vgem, uint32_t flags)
{
	struct scene scene;
	uint32_t handle;

	scene_open(&scene, PAGES, flags);
	CHECK_EQ(query(&scene).attachments, 0);
	handle = import(&scene, vgem);
	check_exported_again(&scene, vgem, handle, flags != 0);

	CHECK_OK(close(scene.export.fd));
	scene.export.fd = -1;
	CHECK_ERRNO(gntdev_wait(scene.guest.gntdev, scene.export.id, in_ms(100)),
		    ETIMEDOUT);
	CHECK_EQ(query(&scene).state, GNTDEV_DMABUF_STATE_LIVE);

	drm_close_handle(vgem, handle);
	export_wait(&scene.guest, &scene.export);
	scene_close(&scene);
}

int main(void)
{
	int vgem;

	vgem = drm_open("vgem");
	if (vgem < 0)
		SKIP("this kernel does not have vgem");
	try_import(vgem, 0);
	try_import(vgem, GNTDEV_DMABUF_EXPORT_READONLY);
	return CASE_PASS;
}
