// SPDX-License-Identifier: GPL-2.0
/*
 * The arrays have several pages, and one of these is missing: the first, one in the middle or the
 * last. EXPORT fails with EFAULT for the references and for the status array, and nothing remains.
 */
#include <sys/mman.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES		64
#define COUNT		4500	/* references; each page occurs more than once */
#define REFS_PAGES	5
#define STATUS_PAGES	3

static struct guest guest;
static struct guest_pages pages;

static void *new_array(unsigned int nr)
{
	void *memory = mmap(NULL, nr * PAGE_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(memory != MAP_FAILED);
	return memory;
}

static void try_hole(struct gntdev_dmabuf_export *args, uint64_t array, unsigned int nr)
{
	char *page = (char *)(uintptr_t)array + nr * PAGE_BYTES;

	REQUIRE(!mprotect(page, PAGE_BYTES, PROT_NONE));
	CHECK_ERRNO(gntdev_export(guest.gntdev, args), EFAULT);
	CHECK_EQ(args->fd, -1);
	CHECK_EQ(args->id, 0);
	REQUIRE(!mprotect(page, PAGE_BYTES, PROT_READ | PROT_WRITE));
}

int main(void)
{
	struct gntdev_dmabuf_export args;
	unsigned int i, fds;
	struct export export;
	int16_t *status;
	uint32_t *refs;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	refs = new_array(REFS_PAGES);
	status = new_array(STATUS_PAGES);
	for (i = 0; i < COUNT; i++)
		refs[i] = pages.refs[i % PAGES];
	args = gntdev_export_args(guest.domid, refs, COUNT);
	args.status = (uintptr_t)status;
	fds = count_fds();

	for (i = 0; i < REFS_PAGES; i += REFS_PAGES / 2)
		try_hole(&args, args.refs, i);
	for (i = 0; i < STATUS_PAGES; i++)
		try_hole(&args, args.status, i);
	/* The memory of the references may be read-only. That of the status array may not. */
	REQUIRE(!mprotect(refs, REFS_PAGES * PAGE_BYTES, PROT_READ));
	REQUIRE(!mprotect(status, PAGE_BYTES, PROT_READ));
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EFAULT);
	CHECK_EQ(count_fds(), fds);
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));

	REQUIRE(!mprotect(status, PAGE_BYTES, PROT_READ | PROT_WRITE));
	CHECK_OK(gntdev_export(guest.gntdev, &args));
	export = export_made(&args);
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
