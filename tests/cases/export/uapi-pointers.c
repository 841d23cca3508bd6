// SPDX-License-Identifier: GPL-2.0
/*
 * All bad pointers are EFAULT: to the structure of each operation, to the references and to the
 * status array, also if only their end is inaccessible. No descriptor remains and no grant stays
 * mapped.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "access.h"
#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	8

static void try_structures(struct guest *guest, char *end)
{
	static const struct {
		unsigned long request;
		uint32_t size;
	} operations[] = {
		{ GNTDEV_DMABUF_EXPORT, sizeof(struct gntdev_dmabuf_export) },
		{ GNTDEV_DMABUF_REVOKE, sizeof(struct gntdev_dmabuf_revoke) },
		{ GNTDEV_DMABUF_WAIT, sizeof(struct gntdev_dmabuf_wait) },
		{ GNTDEV_DMABUF_NOTIFY, sizeof(struct gntdev_dmabuf_notify) },
		{ GNTDEV_DMABUF_QUERY, sizeof(struct gntdev_dmabuf_query) },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		unsigned long request = operations[i].request;

		CHECK_ERRNO(ioctl(guest->gntdev, request, NULL), EFAULT);
		CHECK_ERRNO(ioctl(guest->gntdev, request, ~0UL), EFAULT);
		CHECK_ERRNO(ioctl(guest->gntdev, request, end), EFAULT);
		/* The size can be read, the rest cannot. */
		*(uint32_t *)(end - 8) = operations[i].size;
		CHECK_ERRNO(ioctl(guest->gntdev, request, end - 8), EFAULT);
	}
}

/* The structure is readable but not writable. */
static void try_readonly_structure(struct guest *guest,
				   struct guest_pages *pages,
				   uint64_t id)
{
	struct gntdev_dmabuf_query *query;
	struct gntdev_dmabuf_export *args;
	void *memory;

	memory = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(memory != MAP_FAILED);
	args = memory;
	*args = gntdev_export_args(guest->domid, pages->refs, PAGES);
	REQUIRE(!mprotect(memory, PAGE_BYTES, PROT_READ));
	CHECK_ERRNO(gntdev_export(guest->gntdev, args), EFAULT);

	REQUIRE(!mprotect(memory, PAGE_BYTES, PROT_READ | PROT_WRITE));
	query = memory;
	*query = (struct gntdev_dmabuf_query){ .size = sizeof(*query), .id = id };
	REQUIRE(!mprotect(memory, PAGE_BYTES, PROT_READ));
	CHECK_ERRNO(ioctl(guest->gntdev, GNTDEV_DMABUF_QUERY, query), EFAULT);
}

static void try_arrays(struct guest *guest, struct guest_pages *pages, char *end)
{
	struct gntdev_dmabuf_export args;
	static const uint64_t nowhere[] = { 0, 8, ~0ULL, ~7ULL, 1ULL << 63 };
	unsigned int i;

	args = gntdev_export_args(guest->domid, pages->refs, PAGES);
	for (i = 0; i < ARRAY_SIZE(nowhere); i++) {
		args.refs = nowhere[i];
		CHECK_ERRNO(gntdev_export(guest->gntdev, &args), EFAULT);
	}
	/* All but the last reference can be read. */
	memcpy(end - (PAGES - 1) * 4, pages->refs, (PAGES - 1) * 4);
	args.refs = (uintptr_t)(end - (PAGES - 1) * 4);
	CHECK_ERRNO(gntdev_export(guest->gntdev, &args), EFAULT);

	args.refs = (uintptr_t)pages->refs;
	for (i = 1; i < ARRAY_SIZE(nowhere); i++) {
		args.status = nowhere[i];
		CHECK_ERRNO(gntdev_export(guest->gntdev, &args), EFAULT);
	}
	args.status = (uintptr_t)(end - (PAGES - 1) * 2);
	CHECK_ERRNO(gntdev_export(guest->gntdev, &args), EFAULT);
}

int main(void)
{
	struct guest_pages pages;
	struct export export;
	struct guest guest;
	unsigned int fds;
	char *end;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	end = page_edge();
	export = export_pages(&guest, &pages, 0);
	export_close(&guest, &export);
	fds = count_fds();
	try_structures(&guest, end);
	try_readonly_structure(&guest, &pages, export.id);
	try_arrays(&guest, &pages, end);
	CHECK_EQ(count_fds(), fds);

	/* The dma-buf of a failed export may end a moment later. */
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));

	export = export_pages(&guest, &pages, 0);
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
