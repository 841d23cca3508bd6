// SPDX-License-Identifier: GPL-2.0
/*
 * A REVOCABLE export accepts only drivers that can unmap when it is revoked. The others cannot
 * attach (EOPNOTSUPP), also if they pin it, and no driver can vmap it (EINVAL). REVOKE releases it
 * while a dynamic driver stays attached and a process has it mapped. Without the flag, the other
 * drivers can attach and hold it.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "access.h"
#include "case.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"

#define PAGES	8100	/* a picture of 4K */

static struct guest guest;
static struct guest_pages pages;

static void check_admission(int importer, const struct export *export)
{
	CHECK_ERRNO(importer_try(importer, export->fd), EOPNOTSUPP);
	CHECK_ERRNO(importer_hold(importer, export->fd, 0), EOPNOTSUPP);
	CHECK_ERRNO(importer_hold(importer, export->fd, IMPORTER_PINNED), EOPNOTSUPP);
	CHECK_ERRNO(importer_hold(importer, export->fd, IMPORTER_VMAP), EINVAL);
}

static void check_flag(const struct export *export)
{
	struct gntdev_dmabuf_query answer;

	CHECK_OK(gntdev_query(guest.gntdev, export->id, &answer));
	CHECK_EQ(answer.buffer_flags, GNTDEV_DMABUF_EXPORT_REVOCABLE);
	CHECK_EQ(answer.attachments, 1);
}

static void try_revocable(int importer)
{
	struct export export = export_pages(&guest, &pages, GNTDEV_DMABUF_EXPORT_REVOCABLE);
	void *memory = export_map(&export, PROT_READ);

	check_admission(importer, &export);
	CHECK_OK(importer_hold(importer, export.fd, IMPORTER_DYNAMIC));
	check_flag(&export);
	CHECK(memory_is(memory, 0, PAGES, pages.seed));

	export_revoke(&guest, &export);
	export_wait(&guest, &export);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	CHECK_EQ(importer_invalidated(importer), 1);
	expect_sigbus_reading(memory, PAGES);

	/* The driver was still attached. After its detach, none can attach. */
	CHECK_OK(importer_drop(importer));
	CHECK_ERRNO(importer_hold(importer, export.fd, IMPORTER_DYNAMIC), ENODEV);
	export_unmap(&export, memory);
	CHECK_OK(close(export.fd));
}

static void try_plain(int importer, uint32_t flags)
{
	struct export export = export_pages(&guest, &pages, 0);

	CHECK_OK(importer_try(importer, export.fd));
	CHECK_OK(importer_hold(importer, export.fd, flags));
	export_revoke(&guest, &export);
	export_is_held(&guest, &export);
	CHECK_OK(importer_drop(importer));
	export_wait(&guest, &export);
	CHECK_OK(close(export.fd));
}

int main(void)
{
	int importer = importer_open();

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	try_revocable(importer);
	try_plain(importer, 0);
	try_plain(importer, IMPORTER_PINNED);
	close(importer);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
