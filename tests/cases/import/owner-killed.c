// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 120
 *
 * The process that imports is killed while the guest has the pages
 * mapped. The guest still sees their content, and Dom0's accounts show them. When the guest
 * has unmapped them, nothing is left. Pages that the guest has not mapped are gone at once.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "import.h"
#include "quota.h"

#define PAGES	256

/* What the child has imported, for its parent. */
struct report {
	uint64_t id, seed;
	uint32_t refs[PAGES];
	volatile bool ready;
};

static struct report *report;

static void import_and_wait(struct guest *guest)
{
	struct source source;
	struct import import;

	guest_open_gntdev(guest);
	source_open(&source, "udmabuf", PAGES);
	import_source(guest, &source, 0, &import);
	memcpy(report->refs, import.refs, sizeof(report->refs));
	report->seed = import.shared.seed;
	report->id = import.id;
	gnt_area_free(&import.shared.dir);
	report->ready = true;
	for (;;)
		pause();
}

static pid_t start_child(struct guest *guest)
{
	pid_t child = fork();

	REQUIRE(child >= 0);
	if (!child)
		import_and_wait(guest);
	CHECK(WITHIN_MS(10000, report->ready));
	return child;
}

static void kill_child(pid_t child)
{
	int status;

	REQUIRE(!kill(child, SIGKILL));
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status));
	report->ready = false;
}

/* What the child imported, as the parent's. It has no id here. */
static void adopt(struct guest *guest, struct import *import)
{
	*import = (struct import){ .count = PAGES, .gntdev = -1, .refs = report->refs };
	import->shared.seed = report->seed;
	import->shared.area.count = PAGES;
	REQUIRE(!gnt_dir_share(&import->shared.dir, (uint16_t)guest->domid, import->refs, PAGES));
}

static void check_unmapped(struct guest *guest)
{
	kill_child(start_child(guest));
	CHECK(WITHIN_MS(1000, imported_pages() == 0));
}

static void check_mapped(struct guest *guest)
{
	pid_t child = start_child(guest);
	struct import import;

	adopt(guest, &import);
	REQUIRE(!guest_run(guest, "rm -f /tmp/in-guest.go"));
	start_in_guest(guest, &import.shared);
	CHECK(WITHIN_MS(20000, import_mapped(&import) == PAGES));
	kill_child(child);
	sleep_ms(500);
	CHECK_EQ(import_mapped(&import), PAGES);
	CHECK_EQ(imported_pages(), PAGES);
	CHECK_EQ(imported_pages_of(guest->domid), PAGES);
	import_unmap_in_guest(guest, &import);
	CHECK(WITHIN_MS(1000, imported_pages() == 0));
	CHECK_EQ(import_mapped(&import), 0);
	import_forget(&import);
}

int main(int argc, char **argv)
{
	struct guest guest;

	import_main(argc, argv);
	guest_open(&guest);
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(report != MAP_FAILED);
	check_unmapped(&guest);
	check_mapped(&guest);
	return CASE_PASS;
}
