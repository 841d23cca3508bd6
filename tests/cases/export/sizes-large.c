// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 90
 *
 * Exports of sizes at typical limits of counters and tables: 32,768 references, which is the number
 * that a domain can grant by default, and 65,536, the module's default limit. One more is EDQUOT,
 * and works after the limit is raised. (The guest shares fewer pages, and each of them is in the
 * buffer many times. LONG=1 tests all sizes, otherwise only a selection.)
 */
#include <sys/mman.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "pattern.h"
#include "restore.h"

/*
 * Xen counts up to 127 mappings of a page. The number is odd, so that positions in the buffer whose
 * distance is a power of two have different pages.
 */
#define SHARED	2047
#define MOST	65537U
#define LIMIT	"/sys/module/xen_gntdev/parameters/limit"

static struct guest guest;
static struct guest_pages pages;
static uint32_t refs[MOST];
static int16_t status[MOST];

static struct gntdev_dmabuf_export args_of(uint32_t count)
{
	return gntdev_export_args(guest.domid, refs, count);
}

/* Checks the first word of each page, and writes a word to the last page. */
static void check_pages(const struct export *export, uint32_t count)
{
	char *memory = export_map(export, PROT_READ | PROT_WRITE);
	volatile uint64_t *last;
	uint32_t i;

	for (i = 0; i < count; i++) {
		uint64_t got = *(volatile uint64_t *)(memory + i * PAGE_BYTES);

		if (got != pattern_word(pages.seed, i % SHARED, 0))
			FAIL("page %u of %u has wrong contents", i, count);
	}
	last = (uint64_t *)(memory + (count - 1) * PAGE_BYTES);
	last[1] = count;
	CHECK_EQ(guest_peek(&guest, &pages, (count - 1) % SHARED, 1), count);
	export_unmap(export, memory);
}

static void first_bad(uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		if (status[i])
			FAIL("EXPORT of %u pages: the status of %u is %d", count, i, status[i]);
}

static void try_size(uint32_t count)
{
	struct gntdev_dmabuf_export args = args_of(count);
	uint64_t start = now_ns();
	struct export export;

	args.status = (uintptr_t)status;
	if (gntdev_export(guest.gntdev, &args)) {
		int error = errno;

		first_bad(count);
		FAIL("EXPORT of %u pages: %s", count, strerror(error));
	}
	export = export_made(&args);
	check_pages(&export, count);
	export_close(&guest, &export);
	note("%u pages: %llu ms", count, (unsigned long long)((now_ns() - start) / NSEC_PER_MSEC));
}

/* The last reference is bad. */
static void try_bad_last(uint32_t count)
{
	struct gntdev_dmabuf_export args = args_of(count);
	uint32_t good = refs[count - 1], i;

	refs[count - 1] = REF_OUT_OF_RANGE;
	args.status = (uintptr_t)status;
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EREMOTEIO);
	for (i = 0; i < count; i++)
		if ((status[i] < 0) != (i == count - 1))
			FAIL("status of %u is %d", i, status[i]);
	refs[count - 1] = good;
}

int main(void)
{
	struct gntdev_dmabuf_export args;
	uint32_t i;

	keep_file(LIMIT);
	guest_open(&guest);
	guest_share(&guest, &pages, SHARED);
	for (i = 0; i < MOST; i++)
		refs[i] = pages.refs[i % SHARED];

	args = args_of(MOST);
	write_long(LIMIT, MOST - 1);
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EDQUOT);
	/* Start with the largest: the space for it is then enough for the others. */
	write_long(LIMIT, MOST);
	if (is_long() || platform_is("arm64")) {
		try_size(MOST);
		try_size(MOST - 1);
	}
	if (is_long() || !platform_is("arm64"))
		try_size(32768);
	if (is_long()) {
		try_size(32767);
		try_size(32769);
		try_size(8100);
	}
	try_bad_last(is_long() ? MOST : 1025);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, SHARED), 0);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
