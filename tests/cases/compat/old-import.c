// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv arm64
 *
 * The old import: a dma-buf of Dom0 becomes references, by which the guest reads and writes it,
 * until it is released.
 */
#include <sys/mman.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "inguest.h"
#include "source.h"

#define PAGES	40

static int in_guest(struct guest *dom0, struct guest_pages *pages)
{
	struct guest_mapping mapping = map_in_guest(dom0, pages, PROT_READ | PROT_WRITE);

	unmap_in_guest(dom0, pages, &mapping, true);
	return CASE_PASS;
}

static void check_import(struct guest *guest, struct source *source)
{
	struct dom0_pages shared = { .seed = now_ns(), .area.count = PAGES };
	uint32_t refs[PAGES];

	source_fill(source, shared.seed);
	CHECK_OK(gntdev_old_import(guest->gntdev, source->fd, guest->domid, refs, PAGES));
	REQUIRE(!gnt_dir_share(&shared.dir, (uint16_t)guest->domid, refs, PAGES));
	run_in_guest(guest, &shared);
	CHECK(source_is(source, 0, PAGES, ~shared.seed));
	CHECK_EQ(hv_mapped(0, refs, PAGES), 0);
	gnt_area_free(&shared.dir);
	CHECK_OK(gntdev_old_import_release(guest->gntdev, source->fd));
	CHECK_ERRNO(gntdev_old_import_release(guest->gntdev, source->fd), ENOENT);
}

int main(int argc, char **argv)
{
	struct guest_pages pages;
	struct source source;
	struct guest guest;

	if (is_in_guest(argc, argv, &guest, &pages))
		return in_guest(&guest, &pages);
	guest_open(&guest);
	source_open(&source, "system", PAGES);
	check_import(&guest, &source);
	/* It works again, so the first import left nothing behind. */
	check_import(&guest, &source);
	source_close(&source);
	return CASE_PASS;
}
