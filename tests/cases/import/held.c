// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 240
 *
 * The guest keeps the pages mapped while Dom0 ends the import, unmaps and closes the dma-buf, and
 * allocates other memory. What the guest sees does not change: the memory is neither freed nor
 * used for anything else, and WAIT times out. QUERY tells what the guest has mapped. Once the
 * guest has unmapped the pages the import is released within a second.
 */
#include <unistd.h>

#include "case.h"
#include "import.h"

#define PAGES	512
#define OTHERS	6

static void allocate_others(const char *name)
{
	struct source others[OTHERS];
	unsigned int i;

	for (i = 0; i < OTHERS; i++) {
		source_open(&others[i], name, PAGES);
		source_fill(&others[i], now_ns());
	}
	for (i = 0; i < OTHERS; i++)
		source_close(&others[i]);
}

static void check(struct guest *guest, const char *name)
{
	struct gntdev_dmabuf_query answer;
	struct source source;
	struct import import;
	uint64_t start;

	note("%s", name);
	source_open(&source, name, PAGES);
	import_source(guest, &source, 0, &import);
	CHECK_EQ(import_query(&import).mapped, 0);
	CHECK(!import_is_released(&import, 0));
	import_map_in_guest(guest, &import);
	import_revoke(&import);
	source_close(&source);
	CHECK(!import_is_released(&import, 500));
	answer = import_query(&import);
	CHECK_EQ(answer.kind, GNTDEV_DMABUF_KIND_IMPORT);
	CHECK_EQ(answer.state, GNTDEV_DMABUF_STATE_ENDING);
	CHECK_EQ(answer.domid, guest->domid);
	CHECK_EQ(answer.count, PAGES);
	CHECK_EQ(answer.mapped, PAGES);
	allocate_others(name);
	CHECK_EQ(import_mapped(&import), PAGES);

	import_unmap_in_guest(guest, &import);
	start = now_ns();
	CHECK(import_is_released(&import, 1000));
	note("released %llu ms after the guest has passed",
	     (unsigned long long)((now_ns() - start) / NSEC_PER_MSEC));
	answer = import_query(&import);
	CHECK_EQ(answer.kind, GNTDEV_DMABUF_KIND_NONE);
	CHECK_EQ(answer.state, GNTDEV_DMABUF_STATE_RELEASED);
	CHECK_EQ(import_mapped(&import), 0);
	import_forget(&import);
}

int main(int argc, char **argv)
{
	const char *const *name;
	struct guest guest;

	import_main(argc, argv);
	guest_open(&guest);
	for (name = source_names; *name; name++)
		check(&guest, *name);
	return CASE_PASS;
}
