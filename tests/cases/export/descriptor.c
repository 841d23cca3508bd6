// SPDX-License-Identifier: GPL-2.0
/*
 * The descriptor of an export is close-on-exec, readable and writable. It has the size of the pages
 * and accepts the ioctls of a dma-buf.
 */
#include <fcntl.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "case.h"
#include "guest.h"

#define PAGES	5

int main(void)
{
	struct scene scene;
	int fd;

	scene_open(&scene, PAGES, 0);
	fd = scene.export.fd;
	CHECK_EQ(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	CHECK_EQ(CHECK_OK(lseek(fd, 0, SEEK_END)), PAGES * PAGE_BYTES);
	CHECK_OK(dmabuf_sync(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW));
	CHECK_OK(dmabuf_sync(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW));
	scene_close(&scene);
	return CASE_PASS;
}
