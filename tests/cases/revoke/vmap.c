// SPDX-License-Identifier: GPL-2.0
/*
 * A driver has mapped the whole export at one kernel address (vmap). After REVOKE this still shows
 * the guest's memory and delays the release. A vmap that is made after REVOKE or after the release
 * shows zeros and does not delay the release. The case uses frames of one run and, if the platform
 * supports vmap of them, scattered frames.
 */
#include <stdlib.h>
#include <unistd.h>

#include "case.h"
#include "frames.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"

#define PAGES	40
#define SIZE	(PAGES * PAGE_BYTES)

static struct guest guest;
static struct guest_pages pages;
static char *buffer;
static int first, second;

static void check_shows_guest(int importer)
{
	memset(buffer, 0xa5, SIZE);
	CHECK_OK(importer_read(importer, 0, buffer, SIZE));
	CHECK(memory_is(buffer, 0, PAGES, pages.seed));
}

static void check_shows_zeros(int importer)
{
	size_t i;

	memset(buffer, 0xa5, SIZE);
	CHECK_OK(importer_read(importer, 0, buffer, SIZE));
	for (i = 0; i < SIZE; i++)
		if (buffer[i])
			FAIL("byte %zu of a vmap after REVOKE is %#x", i,
			     (unsigned char)buffer[i]);
}

static void check_new_vmap(const struct export *export)
{
	CHECK_OK(importer_hold(second, export->fd, IMPORTER_VMAP));
	check_shows_zeros(second);
}

static void try_vmap(struct export *export)
{
	CHECK_OK(importer_hold(first, export->fd, IMPORTER_VMAP));
	check_shows_guest(first);
	export_revoke(&guest, export);
	export_is_held(&guest, export);
	guest_refill(&guest, &pages);
	check_shows_guest(first);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), PAGES);

	CHECK_OK(importer_drop(first));
	check_new_vmap(export);
	export_wait(&guest, export);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	check_shows_zeros(second);
	CHECK_OK(importer_drop(second));
	check_new_vmap(export);
	CHECK_OK(importer_drop(second));
	export_close(&guest, export);
}

int main(void)
{
	struct gntdev_dmabuf_query query;
	struct export export;

	frames_keep_cap();
	first = importer_open();
	second = importer_open();
	buffer = malloc(SIZE);
	REQUIRE(buffer);
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);

	export = export_pages(&guest, &pages, GNTDEV_DMABUF_EXPORT_CONTIGUOUS);
	try_vmap(&export);
	/* In a PV domain a driver cannot vmap scattered frames. */
	if (!platform_is("pv")) {
		frames_set_cap(0);
		export = export_shuffled(&guest, &pages, false);
		query = export_query(&guest, export.id);
		CHECK(!is_contiguous(&query));
		try_vmap(&export);
	}
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
