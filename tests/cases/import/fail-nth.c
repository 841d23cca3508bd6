// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 120
 *
 * Each allocation that IMPORT makes fails once: IMPORT says so, or goes on without, and leaves
 * neither a charged page nor a granted one behind. (Needs the debug kernel.) The dma-buf is one
 * piece, because DMA_API_DEBUG allocates for each piece that is mapped.
 */
#include "case.h"
#include "fail-nth.h"
#include "import.h"
#include "quota.h"

#define PAGES	600	/* more than one batch of references */

static struct guest guest;
static struct gntdev_dmabuf_import args;

static int import_once(void)
{
	return gntdev_import(guest.gntdev, &args);
}

int main(void)
{
	static uint32_t refs[PAGES];
	unsigned int n, failed = 0, fds;
	struct source source;
	int err;

	fail_nth_begin();
	guest_open(&guest);
	source_open(&source, "cma", PAGES);
	fds = count_fds();
	for (n = 1;; n++) {
		args = gntdev_import_args(guest.domid, source.fd, refs, PAGES);
		if (!fail_nth(n, import_once, &err))
			break;
		failed += err != 0;
		CHECK(!err || err == ENOMEM);
		if (!err) {
			CHECK_OK(gntdev_revoke(guest.gntdev, args.id));
			CHECK_OK(gntdev_wait(guest.gntdev, args.id, in_ms(5000)));
		}
		CHECK_EQ(imported_pages(), 0);
		CHECK_EQ(count_fds(), fds);
	}
	CHECK_OK(gntdev_revoke(guest.gntdev, args.id));
	CHECK_OK(gntdev_wait(guest.gntdev, args.id, in_ms(5000)));
	note("%u allocations, %u made IMPORT fail", n - 1, failed);
	CHECK(failed > 0);
	source_close(&source);
	CHECK_EQ(imported_pages(), 0);
	return CASE_PASS;
}
