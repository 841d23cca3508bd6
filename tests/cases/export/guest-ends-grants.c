// SPDX-License-Identifier: GPL-2.0
/*
 * The guest ends its grants while they are mapped, and writes to the pages before. The mappings of
 * processes and drivers stay valid and show what the guest wrote. The grants end after the release,
 * and then the pages can no longer be exported.
 */
#include <sys/mman.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"

#define PAGES		6
#define ENDED_MS	10000

static struct scene scene;

static void write_from_both(char *memory)
{
	uint32_t i;

	for (i = 0; i < PAGES; i++) {
		volatile uint64_t *word = (uint64_t *)(memory + i * PAGE_BYTES);

		guest_poke(&scene.guest, &scene.pages, i, 0, ~0ULL);
		CHECK_EQ(*word, ~0ULL);
		*word = i;
		CHECK_EQ(guest_peek(&scene.guest, &scene.pages, i, 0), i);
	}
	guest_refill(&scene.guest, &scene.pages);
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
}

static bool is_refused(uint32_t *refs)
{
	struct gntdev_dmabuf_export args;
	int16_t status[PAGES];
	struct export again;
	unsigned int i;

	args = gntdev_export_args(scene.guest.domid, refs, PAGES);
	args.status = (uintptr_t)status;
	if (!gntdev_export(scene.guest.gntdev, &args)) {
		again = export_made(&args);
		export_close(&scene.guest, &again);
		return false;
	}
	CHECK_EQ(errno, EREMOTEIO);
	for (i = 0; i < PAGES; i++)
		if (!status[i])
			return false;
	return true;
}

int main(void)
{
	uint32_t refs[PAGES];
	char page[PAGE_BYTES];
	int importer;
	char *memory;

	importer = importer_open();
	scene_open(&scene, PAGES, 0);
	memcpy(refs, scene.pages.refs, sizeof(refs));
	memory = export_map(&scene.export, PROT_READ | PROT_WRITE);
	CHECK_OK(importer_hold(importer, scene.export.fd, IMPORTER_VMAP));
	write_from_both(memory);

	/* The guest's kernel keeps the grants that it cannot end, and retries. */
	CHECK_EQ(guest_unshare(&scene.guest, &scene.pages), PAGES);
	CHECK_EQ(hv_mapped(scene.guest.domid, refs, PAGES), PAGES);
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	CHECK_OK(importer_read(importer, (PAGES - 1) * PAGE_BYTES, page, sizeof(page)));
	CHECK(memory_is(page, PAGES - 1, 1, scene.pages.seed));
	memory[0] = ~memory[0];

	export_unmap(&scene.export, memory);
	CHECK_OK(importer_drop(importer));
	export_close(&scene.guest, &scene.export);
	CHECK_EQ(hv_mapped(scene.guest.domid, refs, PAGES), 0);
	if (!WITHIN_MS(ENDED_MS, is_refused(refs)))
		FAIL("%u ms after the release the grants can still be mapped", ENDED_MS);
	return CASE_PASS;
}
