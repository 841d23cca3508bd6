// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: arm64
 *
 * The CPU accesses a buffer (DMA_BUF_IOCTL_SYNC) while a device still writes to it. The kernel
 * syncs the caches after the device's fence is signalled and not before. The trace events of DMA
 * show this. (Only on Arm does the test device need syncs.)
 */
#include <linux/dma-buf.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "importer.h"
#include "trace.h"

#define PAGES	30
#define DEVICE	"xen-test-importer "

static struct scene scene;
static int tid;
static uint64_t how;

static void *begin_access(void *unused)
{
	(void)unused;
	tell_tid(&tid);
	CHECK_OK(dmabuf_sync(scene.export.fd, DMA_BUF_SYNC_START | how));
	return NULL;
}

/* Returns how often the test device was synced since the previous call. */
static unsigned int count_syncs(void)
{
	FILE *file = trace_open();
	unsigned int count = 0;
	const char *event;

	while ((event = trace_next(file, "dma_sync_sg_for_")))
		if (strstr(event, DEVICE))
			count++;
	fclose(file);
	trace_forget();
	return count;
}

static void try_access(int importer, uint64_t flags)
{
	pthread_t thread;

	how = flags;
	tid = 0;
	CHECK_OK(importer_fence_write(importer));
	trace_forget();
	REQUIRE(!pthread_create(&thread, NULL, begin_access, NULL));
	REQUIRE(WITHIN_MS(5000, tid_is(&tid, 'S')));
	CHECK_EQ(count_syncs(), 0);
	CHECK_OK(importer_signal(importer));
	REQUIRE(!pthread_join(thread, NULL));
	CHECK(count_syncs() > 0);
	CHECK_OK(dmabuf_sync(scene.export.fd, DMA_BUF_SYNC_END | how));
}

int main(void)
{
	int importer;

	trace_begin("dma");
	importer = importer_open();
	scene_open(&scene, PAGES, 0);
	CHECK_OK(importer_hold(importer, scene.export.fd, 0));
	try_access(importer, DMA_BUF_SYNC_READ);
	try_access(importer, DMA_BUF_SYNC_WRITE);
	try_access(importer, DMA_BUF_SYNC_RW);
	CHECK_OK(importer_drop(importer));
	close(importer);
	scene_close(&scene);
	return CASE_PASS;
}
