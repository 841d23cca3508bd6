// SPDX-License-Identifier: GPL-2.0
/*
 * All bad pointers are EFAULT: to the structure of IMPORT and to the references, also if only
 * their end is inaccessible, and if the structure can be read but not written. The same for the
 * old ioctl. No page stays granted.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "access.h"
#include "case.h"
#include "import.h"
#include "quota.h"

/* More references than fit into a page. */
#define PAGES	1100

static struct guest guest;
static struct source source;
static uint32_t refs[PAGES];

static void refuse(struct gntdev_dmabuf_import *args)
{
	CHECK_ERRNO(gntdev_import(guest.gntdev, args), EFAULT);
	CHECK_EQ(imported_pages(), 0);
}

static void try_structures(char *end)
{
	CHECK_ERRNO(ioctl(guest.gntdev, GNTDEV_DMABUF_IMPORT, NULL), EFAULT);
	CHECK_ERRNO(ioctl(guest.gntdev, GNTDEV_DMABUF_IMPORT, ~0UL), EFAULT);
	CHECK_ERRNO(ioctl(guest.gntdev, GNTDEV_DMABUF_IMPORT, end), EFAULT);
	/* The size can be read, the rest cannot. */
	*(uint32_t *)(end - 8) = sizeof(struct gntdev_dmabuf_import);
	CHECK_ERRNO(ioctl(guest.gntdev, GNTDEV_DMABUF_IMPORT, end - 8), EFAULT);
	CHECK_EQ(imported_pages(), 0);
}

/* The references are written before the structure. */
static void try_readonly_structure(void)
{
	struct gntdev_dmabuf_import *args;

	args = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(args != MAP_FAILED);
	*args = gntdev_import_args(guest.domid, source.fd, refs, PAGES);
	REQUIRE(!mprotect(args, PAGE_BYTES, PROT_READ));
	refuse(args);
	CHECK(refs[PAGES - 1] != 0);
}

static void try_references(char *end)
{
	static const uint64_t nowhere[] = { 0, 8, ~0ULL, ~7ULL, 1ULL << 63 };
	struct gntdev_dmabuf_import args;
	unsigned int i;

	args = gntdev_import_args(guest.domid, source.fd, refs, PAGES);
	for (i = 0; i < ARRAY_SIZE(nowhere); i++) {
		args.refs = nowhere[i];
		refuse(&args);
	}
	args.refs = (uintptr_t)(end - PAGE_BYTES);
	refuse(&args);
}

/* Not all references fit into the accessible page. */
static void try_old(char *end)
{
	CHECK_ERRNO(gntdev_old_import_raw(guest.gntdev, end - PAGE_BYTES, source.fd, guest.domid,
					  PAGES), EFAULT);
	CHECK_EQ(imported_pages(), 0);
}

int main(void)
{
	struct gntdev_dmabuf_import args;
	unsigned int fds;
	char *end;

	guest_open(&guest);
	source_open(&source, "system", PAGES);
	end = page_edge();
	fds = count_fds();
	try_structures(end);
	try_readonly_structure();
	try_references(end);
	try_old(end);
	CHECK_EQ(count_fds(), fds);

	args = gntdev_import_args(guest.domid, source.fd, refs, PAGES);
	CHECK_OK(gntdev_import(guest.gntdev, &args));
	CHECK_OK(gntdev_revoke(guest.gntdev, args.id));
	CHECK_OK(gntdev_wait(guest.gntdev, args.id, in_ms(1000)));
	source_close(&source);
	return CASE_PASS;
}
