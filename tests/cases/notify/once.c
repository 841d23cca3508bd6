// SPDX-License-Identifier: GPL-2.0
/*
 * An eventfd is signalled once when the export is released, for each way of release. The grants are
 * unmapped before. For an export that is released already, the eventfd is signalled immediately.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "events.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"

#define PAGES	300
#define QUIET_MS	200

static struct guest guest;
static struct guest_pages pages;
static int event;

static struct export notifying(void)
{
	struct export export = export_pages(&guest, &pages, 0);

	CHECK_OK(gntdev_notify(guest.gntdev, export.id, event));
	return export;
}

static void check_quiet(void)
{
	sleep_ms(QUIET_MS);
	CHECK_EQ(event_count(event), 0);
}

static void check_signalled(const struct export *export)
{
	CHECK_EQ(event_wait(event), 1);
	CHECK_EQ(export_state(&guest, export->id), GNTDEV_DMABUF_STATE_RELEASED);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	check_quiet();
}

static void try_close(void)
{
	struct export export = notifying();
	void *memory = export_map(&export, PROT_READ);

	CHECK(memory_is(memory, 0, PAGES, pages.seed));
	CHECK_OK(close(export.fd));
	check_quiet();
	export_unmap(&export, memory);
	check_signalled(&export);
}

static void try_revoke(void)
{
	struct export export = notifying();
	int importer = importer_open();

	CHECK_OK(importer_hold(importer, export.fd, 0));
	export_revoke(&guest, &export);
	check_quiet();
	CHECK_OK(importer_drop(importer));
	check_signalled(&export);

	/* The close of the descriptor does not signal it again. */
	CHECK_OK(close(export.fd));
	check_quiet();
	close(importer);
}

/* A released export does not keep the eventfd, so each NOTIFY signals it once. */
static void try_released(void)
{
	struct export export = export_pages(&guest, &pages, 0);
	unsigned int i;

	export_close(&guest, &export);
	for (i = 0; i < 3; i++) {
		CHECK_OK(gntdev_notify(guest.gntdev, export.id, event));
		CHECK_EQ(event_count(event), 1);
	}
	CHECK_ERRNO(gntdev_unnotify(guest.gntdev, export.id, event), ENOENT);
	check_quiet();
}

int main(void)
{
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	event = event_open();
	try_close();
	try_revoke();
	try_released();
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
