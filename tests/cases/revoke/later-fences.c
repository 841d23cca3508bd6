// SPDX-License-Identifier: GPL-2.0
/*
 * A process that only has the descriptor adds fences to an export during its revocation
 * (DMA_BUF_IOCTL_IMPORT_SYNC_FILE). The release only waits for the fences that existed when the
 * revocation started. It happens after the last of these is signalled, even if later fences are
 * pending. The same holds for REVOKE_ON_CLOSE.
 */
#include <linux/dma-buf.h>
#include <linux/types.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"

#define PAGES	9
#define FENCES	3

/**
 * struct work - unfinished work of a device on a buffer
 * @importer: the device
 * @export: the buffer
 * @sync_file: the fence of the work, which can be added to any buffer
 */
struct work {
	int importer;
	struct export export;
	int sync_file;
};

static struct guest guest;
static struct guest_pages pages;
static struct work works[FENCES];

static int sync_file_of(int dmabuf)
{
	struct dma_buf_export_sync_file args = { .flags = DMA_BUF_SYNC_RW, .fd = -1 };

	REQUIRE(!ioctl(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &args));
	return args.fd;
}

static void add_fence(const struct export *export, const struct work *work)
{
	struct dma_buf_import_sync_file args = {
		.flags = DMA_BUF_SYNC_RW,
		.fd = work->sync_file,
	};

	CHECK_OK(ioctl(export->fd, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &args));
}

static void begin_work(struct work *work)
{
	work->importer = importer_open_again();
	work->export = export_pages(&guest, &pages, 0);
	REQUIRE(!importer_hold(work->importer, work->export.fd, 0));
	REQUIRE(!importer_fence_write(work->importer));
	work->sync_file = sync_file_of(work->export.fd);
}

static void finish_work(struct work *work)
{
	CHECK_OK(importer_signal(work->importer));
}

static void end_work(struct work *work)
{
	CHECK_OK(importer_drop(work->importer));
	close(work->sync_file);
	close(work->importer);
	export_close(&guest, &work->export);
}

/* The export has two fences when it is revoked, and gets another one after that. */
static void try_revoke(void)
{
	struct export export = export_pages(&guest, &pages, 0);
	unsigned int i;

	for (i = 0; i < FENCES; i++)
		begin_work(&works[i]);
	add_fence(&export, &works[0]);
	add_fence(&export, &works[1]);
	export_revoke(&guest, &export);
	export_is_held(&guest, &export);
	add_fence(&export, &works[2]);
	finish_work(&works[1]);
	export_is_held(&guest, &export);
	finish_work(&works[0]);
	export_wait(&guest, &export);
	finish_work(&works[2]);
	for (i = 0; i < FENCES; i++)
		end_work(&works[i]);
	CHECK_OK(close(export.fd));
}

/* The owner's gntdev file is closed while a fence is pending. */
static void try_on_close(void)
{
	struct guest owner = guest;
	struct export export;
	unsigned int i;

	guest_open_gntdev(&owner);
	export = export_pages(&owner, &pages, GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE);
	for (i = 0; i < 2; i++)
		begin_work(&works[i]);
	add_fence(&export, &works[0]);
	guest_close_gntdev(&owner);
	sleep_ms(300);
	add_fence(&export, &works[1]);
	/* The export still has all pages mapped, as the buffers of the works have. */
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), PAGES);
	finish_work(&works[0]);
	end_work(&works[0]);
	CHECK_OK(importer_drop(works[1].importer));
	export_close(&guest, &works[1].export);
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	finish_work(&works[1]);
	close(works[1].sync_file);
	close(works[1].importer);
	CHECK_OK(close(export.fd));
}

int main(void)
{
	close(importer_open());
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	try_revoke();
	try_on_close();
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
