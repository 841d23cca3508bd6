// SPDX-License-Identifier: GPL-2.0
/*
 * A device of Dom0 (vgem) has not finished writing: its fence is in the dma-buf. IMPORT does not
 * wait for it, but the owner can, with poll() of the dma-buf and of the sync_file of
 * DMA_BUF_IOCTL_EXPORT_SYNC_FILE. Then the guest sees the content.
 */
#include <linux/dma-buf.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <drm/vgem_drm.h>

#include "case.h"
#include "import.h"
#include "kms.h"

#define PAGES	40

/* The device writes. Returns the number of its fence. */
static uint32_t begin_writing(int vgem, uint32_t handle)
{
	struct drm_vgem_fence_attach attach = { .handle = handle, .flags = VGEM_FENCE_WRITE };

	REQUIRE(!ioctl(vgem, DRM_IOCTL_VGEM_FENCE_ATTACH, &attach));
	return attach.out_fence;
}

static void end_writing(int vgem, uint32_t fence)
{
	struct drm_vgem_fence_signal signal = { .fence = fence };

	REQUIRE(!ioctl(vgem, DRM_IOCTL_VGEM_FENCE_SIGNAL, &signal));
}

static bool is_ready(int fd, int ms)
{
	struct pollfd poll_for = { .fd = fd, .events = POLLIN };

	return poll(&poll_for, 1, ms) == 1 && poll_for.revents == POLLIN;
}

static int sync_file_of(int dmabuf)
{
	struct dma_buf_export_sync_file args = { .flags = DMA_BUF_SYNC_READ };

	REQUIRE(!ioctl(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &args));
	return args.fd;
}

int main(int argc, char **argv)
{
	struct source source;
	struct import import;
	struct guest guest;
	uint32_t handle, fence;
	int vgem, file;

	import_main(argc, argv);
	guest_open(&guest);
	source_open(&source, "vgem", PAGES);
	vgem = drm_open("vgem");
	REQUIRE(vgem >= 0);
	REQUIRE(!drm_import(vgem, source.fd, &handle));

	fence = begin_writing(vgem, handle);
	import_range(&guest, &source, 0, 0, &import);
	import_close(&import);
	file = sync_file_of(source.fd);
	CHECK(!is_ready(file, 300));
	CHECK(!is_ready(source.fd, 0));
	end_writing(vgem, fence);
	CHECK(is_ready(file, 1000));
	CHECK(is_ready(source.fd, 1000));
	CHECK_OK(close(file));

	import_source(&guest, &source, 0, &import);
	import_use_in_guest(&guest, &import);
	import_close(&import);
	drm_close_handle(vgem, handle);
	CHECK_OK(close(vgem));
	source_close(&source);
	return CASE_PASS;
}
