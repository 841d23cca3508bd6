// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 120
 * platforms: pvh arm64
 *
 * The guest keeps 2,000 imports of one page each mapped after REVOKE. Dom0 tries to end them at
 * most 4,000 times in a second, all imports together. They are released within a second after the
 * guest has unmapped them. (The guest has 2,048 maptrack entries, of which a PV guest needs two for
 * a page.)
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "gnt.h"
#include "import.h"
#include "ram.h"
#include "trace.h"

#define IMPORTS		2000U
#define END		"/tmp/many-held.end"
#define GUEST_MS	60000
/* By then, no import is tried more often than at the longest intervals. */
#define SETTLE_US	4000000
#define WINDOW_US	1000000
#define MOST_TRIES	5000U
/* With all its checks, the debug kernel takes a millisecond for a try. */
#define RELEASE_MS	(is_debug_kernel() ? 10000 : 1000)

static struct guest guest;
static struct import all;
static uint32_t refs[IMPORTS];
static uint64_t ids[IMPORTS];

/* ---- the part in the guest */

static bool may_end(void)
{
	return !access(END, F_OK);
}

static int hold_all(const struct guest_pages *pages)
{
	int gntdev = gntdev_open();
	uint64_t index;
	void *memory;

	REQUIRE(gntdev >= 0);
	memory = CHECK_OK(gntdev_map(gntdev, 0, pages->refs, pages->count, PROT_READ, &index));
	CHECK(WITHIN_MS(GUEST_MS, may_end()));
	CHECK_OK(gntdev_unmap(gntdev, memory, pages->count, index));
	return CASE_PASS;
}

/* ---- the part in Dom0 */

/* Each has a buffer of its own: DMA debugging reports memory that is mapped more than seven times. */
static void import_all(void)
{
	struct gntdev_dmabuf_import args;
	struct source source;
	uint32_t i;

	all = (struct import){ .count = IMPORTS, .refs = refs };
	for (i = 0; i < IMPORTS; i++) {
		source_open(&source, "system", 1);
		args = gntdev_import_args(guest.domid, source.fd, &refs[i], 1);
		CHECK_OK(gntdev_import(guest.gntdev, &args));
		ids[i] = args.id;
		source_close(&source);
	}
	REQUIRE(!gnt_dir_share(&all.shared.dir, (uint16_t)guest.domid, all.refs, IMPORTS));
	all.shared.area.count = IMPORTS;
}

static bool are_mapped(void)
{
	struct gntdev_dmabuf_query answer;
	uint32_t i;

	for (i = IMPORTS; i--;) {
		CHECK_OK(gntdev_query(guest.gntdev, ids[i], &answer));
		if (!answer.mapped)
			return false;
	}
	return true;
}

/*
 * Tries in a second. The workqueue's events have the function of each work, here end_work() of the
 * driver.
 */
static uint64_t measure_tries(void)
{
	uint64_t tries = 0, start = now_ns(), time;
	const char *event;
	FILE *file;

	trace_forget();
	usleep(WINDOW_US);
	trace_stop();
	time = now_ns() - start;
	file = trace_open();
	while ((event = trace_next(file, "workqueue_execute_start:")))
		if (strstr(event, "function end_work"))
			tries++;
	fclose(file);
	return tries * NSEC_PER_SEC / time;
}

static void check_released(void)
{
	uint64_t deadline = in_ms(RELEASE_MS);
	uint32_t i;

	for (i = 0; i < IMPORTS; i++)
		if (gntdev_wait(guest.gntdev, ids[i], deadline))
			FAIL("import %u is not released: %s", i, strerror(errno));
}

int main(int argc, char **argv)
{
	struct guest_pages pages;
	struct guest dom0;
	uint64_t tries;
	uint32_t i;

	if (is_in_guest(argc, argv, &dom0, &pages))
		return hold_all(&pages);
	guest_open(&guest);
	REQUIRE(!guest_run(&guest, "rm -f " END));
	import_all();
	start_in_guest(&guest, &all.shared);
	if (!WITHIN_MS(GUEST_MS, are_mapped())) {
		has_passed_in_guest(&guest);
		FAIL("the guest has not mapped the pages");
	}
	for (i = 0; i < IMPORTS; i++)
		CHECK_OK(gntdev_revoke(guest.gntdev, ids[i]));
	usleep(SETTLE_US);
	trace_begin("workqueue/workqueue_execute_start");
	tries = measure_tries();
	note("%" PRIu64 " tries in a second", tries);
	CHECK(tries > 0);
	CHECK(tries <= MOST_TRIES);

	REQUIRE(!guest_run(&guest, "touch " END));
	CHECK(WITHIN_MS(GUEST_MS, has_passed_in_guest(&guest)));
	check_released();
	import_forget(&all);
	return CASE_PASS;
}
