// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh
 * mainline
 * mainline-crash: (copy_page_range|unmap_page_range|[Bb]ad page|Bad pagetable|BUG: |Oops)
 *
 * A PVH domain maps grants of its own pages with MAP_GRANT_REF. On unpatched kernels the owner
 * loses the pages. From then on it reads 0xff from them, also after the unmap. After the pages are
 * freed, they become page tables of other processes. MAINLINE=1 expects the kernel to crash then.
 * With our patches the mapping is refused, and the owner keeps its pages.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "gnt.h"
#include "hv.h"

#define OWN_DOMID	0U
#define PAGES		64
#define WORDS		(PAGES * PAGE_BYTES / sizeof(uint64_t))
#define PATTERN		0x5aa55aa55aa55aa5ULL
#define NO_MEMORY	0xffffffffffffffffULL
#define FORKS		2000

static struct gnt_area own;

/* Returns how many words of its pages have this value for the owner. */
static size_t count_words(uint64_t value)
{
	const volatile uint64_t *word = own.memory;
	size_t i, count = 0;

	for (i = 0; i < WORDS; i++)
		count += word[i] == value;
	return count;
}

static void fill(void)
{
	volatile uint64_t *word = own.memory;
	size_t i;

	for (i = 0; i < WORDS; i++)
		word[i] = PATTERN;
}

/* Makes the kernel allocate page tables. */
static void use_page_tables(void)
{
	unsigned int i;
	pid_t child;

	for (i = 0; i < FORKS; i++) {
		child = fork();
		if (!child)
			_exit(0);
		if (child > 0)
			waitpid(child, NULL, 0);
	}
}

static int reproduce(int gntdev)
{
	uint64_t index;
	char *memory;

	memory = CHECK_OK(gntdev_map(gntdev, OWN_DOMID, own.refs, PAGES, PROT_READ, &index));
	CHECK_EQ(count_words(NO_MEMORY), WORDS);
	CHECK_OK(gntdev_unmap(gntdev, memory, PAGES, index));
	CHECK(WITHIN_MS(5000, !hv_mapped(OWN_DOMID, own.refs, PAGES)));
	fill();
	CHECK_EQ(count_words(NO_MEMORY), WORDS);
	note("reproduced: the owner reads 0xff from all of its pages, after the unmap as well");
	gnt_area_free(&own);
	use_page_tables();
	FAIL("the kernel survived it");
}

int main(void)
{
	int gntdev = gntdev_open();
	uint64_t index;

	REQUIRE(gntdev >= 0);
	REQUIRE(!gnt_area_share(&own, OWN_DOMID, PAGES, true));
	fill();
	CHECK_EQ(count_words(PATTERN), WORDS);
	if (is_mainline())
		return reproduce(gntdev);

	CHECK_ERRNO(gntdev_map(gntdev, OWN_DOMID, own.refs, PAGES, PROT_READ, &index),
		    EOPNOTSUPP);
	CHECK_EQ(hv_mapped(OWN_DOMID, own.refs, PAGES), 0);
	CHECK_EQ(count_words(PATTERN), WORDS);
	gnt_area_free(&own);
	close(gntdev);
	return CASE_PASS;
}
