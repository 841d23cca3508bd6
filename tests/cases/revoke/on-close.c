// SPDX-License-Identifier: GPL-2.0
/*
 * An export with REVOKE_ON_CLOSE is revoked when the last descriptor of the gntdev file is closed.
 * An export without the flag on the same file lives on. REVOKE before the close works normally.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "access.h"
#include "case.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"

#define PAGES	20
#define FLAGS	(GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE | GNTDEV_DMABUF_EXPORT_READONLY)

static struct guest guest;

static unsigned int mapped(const struct guest_pages *pages)
{
	return hv_mapped(guest.domid, pages->refs, PAGES);
}

static void check_flags(uint64_t id, uint32_t flags)
{
	struct gntdev_dmabuf_query answer;

	CHECK_OK(gntdev_query(guest.gntdev, id, &answer));
	CHECK_EQ(answer.buffer_flags, flags);
}

static void try_revoke_first(struct guest_pages *pages)
{
	struct export export = export_pages(&guest, pages, FLAGS);

	check_flags(export.id, FLAGS);
	export_revoke(&guest, &export);
	export_wait(&guest, &export);
	CHECK_EQ(mapped(pages), 0);
	CHECK_OK(close(export.fd));
}

static void check_alive(const struct export *export, void *memory,
			const struct guest_pages *pages)
{
	CHECK_EQ(mapped(pages), PAGES);
	CHECK(memory_is(memory, 0, PAGES, pages->seed));
	CHECK_OK(munmap(export_map(export, PROT_READ), export->size));
}

/* After the close there is no gntdev file for QUERY, so the case checks the mapped grants. */
static void try_close(struct guest_pages *pages, struct guest_pages *others)
{
	struct export export = export_pages(&guest, pages, FLAGS);
	struct export lasting = export_pages(&guest, others, 0);
	void *memory = export_map(&export, PROT_READ);
	void *lasting_memory = export_map(&lasting, PROT_READ);
	int second = CHECK_OK(dup(guest.gntdev));

	check_alive(&export, memory, pages);
	guest_close_gntdev(&guest);
	sleep_ms(100);
	check_alive(&export, memory, pages);

	CHECK_OK(close(second));
	CHECK(WITHIN_MS(5000, !mapped(pages)));
	expect_sigbus_reading(memory, PAGES);
	CHECK_ERRNO(mmap(NULL, export.size, PROT_READ, MAP_SHARED, export.fd, 0), ENODEV);
	check_alive(&lasting, lasting_memory, others);

	export_unmap(&export, memory);
	CHECK_OK(close(export.fd));
	export_unmap(&lasting, lasting_memory);
	CHECK_OK(close(lasting.fd));
	CHECK(WITHIN_MS(5000, !mapped(others)));
}

/* A device delays the release, as with REVOKE. */
static void try_held(struct guest_pages *pages)
{
	int importer = importer_open();
	struct export export;

	guest_open_gntdev(&guest);
	export = export_pages(&guest, pages, GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE);
	CHECK_OK(importer_hold(importer, export.fd, 0));
	guest_close_gntdev(&guest);
	sleep_ms(200);
	CHECK_EQ(mapped(pages), PAGES);
	CHECK_ERRNO(importer_try(importer, export.fd), ENODEV);
	CHECK_OK(importer_drop(importer));
	CHECK(WITHIN_MS(5000, !mapped(pages)));
	CHECK_OK(close(export.fd));
	close(importer);
}

int main(void)
{
	struct guest_pages pages, others;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	guest_share(&guest, &others, PAGES);
	try_revoke_first(&pages);
	try_close(&pages, &others);
	try_held(&pages);
	CHECK_EQ(guest_unshare(&guest, &others), 0);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
