// SPDX-License-Identifier: GPL-2.0
/*
 * The old export refuses the same arguments as before with the same errors, and also some that it
 * accepted by mistake. Neither a descriptor nor a mapped grant remains. It still ignores the same
 * arguments as before.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES		5
#define FIRST_RESERVED	0x7ff0U		/* DOMID_FIRST_RESERVED of Xen */

static struct guest guest;
static struct guest_pages pages;

static int export(uint32_t flags, uint32_t domid, uint32_t count)
{
	return gntdev_old_export(guest.gntdev, flags, domid, pages.refs, count);
}

static void check_nothing_mapped(void)
{
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
}

static void check_ignored(uint32_t flags)
{
	int fd = CHECK_OK(export(flags, guest.domid, PAGES));

	old_export_close(&guest, fd);
	check_nothing_mapped();
}

static void check_bad_refs(void)
{
	static const uint32_t places[] = { 0, PAGES / 2, PAGES - 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		uint32_t good = pages.refs[places[i]];

		pages.refs[places[i]] = REF_OUT_OF_RANGE;
		CHECK_ERRNO(export(0, guest.domid, PAGES), EINVAL);
		check_nothing_mapped();
		pages.refs[places[i]] = good;
	}
}

static void check_domids(void)
{
	CHECK_ERRNO(export(0, guest.domid | 1U << 16, PAGES), EINVAL);
	CHECK_ERRNO(export(0, guest.domid | 1U << 31, PAGES), EINVAL);
	CHECK_ERRNO(export(0, FIRST_RESERVED, PAGES), EINVAL);
	CHECK_ERRNO(export(0, FIRST_RESERVED - 1, PAGES), EINVAL);
	CHECK_ERRNO(export(0, ~0U, PAGES), EINVAL);
	check_nothing_mapped();
}

static void check_counts(void)
{
	uint32_t *refs = calloc(GNTDEV_OLD_MAX_PAGES + 1, sizeof(refs[0]));

	REQUIRE(refs);
	CHECK_ERRNO(export(0, guest.domid, 0), EINVAL);
	CHECK_ERRNO(gntdev_old_export(guest.gntdev, 0, guest.domid, refs,
				      GNTDEV_OLD_MAX_PAGES + 1), EINVAL);
	free(refs);
	check_nothing_mapped();
}

/* Returns the end of a page. The next page is inaccessible. */
static char *page_at_the_edge(void)
{
	char *page = mmap(NULL, 2 * PAGE_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(page != MAP_FAILED);
	REQUIRE(!mprotect(page + PAGE_BYTES, PAGE_BYTES, PROT_NONE));
	return page;
}

static void check_faults(void)
{
	char *page = page_at_the_edge(), *end = page + PAGE_BYTES;
	size_t size = gntdev_old_export_size(PAGES);
	char *args = end - size;
	char copy[size];
	size_t cut;

	CHECK_ERRNO(gntdev_old_export_raw(guest.gntdev, NULL), EFAULT);
	CHECK_ERRNO(gntdev_old_export_raw(guest.gntdev, end), EFAULT);
	gntdev_old_export_fill(args, 0, guest.domid, pages.refs, PAGES);
	old_export_close(&guest, CHECK_OK(gntdev_old_export_raw(guest.gntdev, args)));

	/* The end of the references or of the structure is inaccessible. */
	memcpy(copy, args, size);
	for (cut = 4; cut < size; cut += 4) {
		memcpy(end - size + cut, copy, size - cut);
		CHECK_ERRNO(gntdev_old_export_raw(guest.gntdev, end - size + cut), EFAULT);
	}
	memcpy(args, copy, size);
	REQUIRE(!mprotect(page, PAGE_BYTES, PROT_READ));
	CHECK_ERRNO(gntdev_old_export_raw(guest.gntdev, args), EFAULT);
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	REQUIRE(!munmap(page, 2 * PAGE_BYTES));
}

int main(void)
{
	unsigned int fds;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	check_nothing_mapped();
	fds = count_fds();

	check_bad_refs();
	check_domids();
	check_counts();
	CHECK_ERRNO(export(GNTDEV_OLD_FLAG_WC | GNTDEV_OLD_FLAG_COHERENT, guest.domid,
			   PAGES), EINVAL);
	check_nothing_mapped();
	check_faults();
	CHECK_EQ(count_fds(), fds);

	check_ignored(1U << 31);
	check_ignored(1U << 2 | GNTDEV_OLD_FLAG_WC);
	CHECK_EQ(count_fds(), fds);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
