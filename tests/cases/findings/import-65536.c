// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: arm64
 * limit: 120
 *
 * The old import of 65,536 pages, which the module's limit allows. Unpatched kernels count
 * references with 16 bits when they allocate them, and get none.
 */
#include <stdlib.h>

#include "case.h"
#include "import.h"

#define PAGES	65536

int main(void)
{
	struct source source;
	struct guest guest;
	uint32_t *refs;
	int ret;

	guest_open(&guest);
	refs = calloc(PAGES, sizeof(*refs));
	REQUIRE(refs);
	source_open(&source, "system", PAGES);
	ret = gntdev_old_import(guest.gntdev, source.fd, guest.domid, refs, PAGES);
	/* The grant table of the lab's domains is smaller than that. */
	CHECK_EQ(ret, -1);
	CHECK_EQ(errno, EDQUOT);
	source_close(&source);
	free(refs);
	return CASE_PASS;
}
