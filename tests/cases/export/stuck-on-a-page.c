// SPDX-License-Identifier: GPL-2.0
/*
 * EXPORT waits for a missing page of the caller (userfaultfd): in its structure, in the references,
 * in the status array, or where it writes the results, with everything mapped. Meanwhile all other
 * operations on the same file work. SIGKILL ends EXPORT, and nothing remains. If the page arrives
 * instead, EXPORT works normally.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "uffd.h"

#define PAGES	200
#define BEFORE	100	/* elements before the missing page: more than one batch */
#define STUCK_MS	5000

static struct guest guest;
static struct guest_pages pages, others;

/* The arguments of EXPORT. Each of them crosses a page boundary. */
struct call {
	struct gntdev_dmabuf_export *args;
	uint32_t *refs;
	int16_t *status;
	struct uffd uffd;
	pthread_t thread;
	int result, error;
};

/* Returns an address in the first of two pages, @bytes bytes before its end. */
static void *across(size_t bytes)
{
	char *memory;

	memory = mmap(NULL, 2 * PAGE_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(memory != MAP_FAILED);
	return memory + PAGE_BYTES - bytes;
}

static void *second_page(void *at)
{
	return (void *)(((uintptr_t)at | (PAGE_BYTES - 1)) + 1);
}

static void take_structure(struct call *call)
{
	uffd_take(&call->uffd, second_page(call->args));
}

static void take_references(struct call *call)
{
	uffd_take(&call->uffd, second_page(call->refs));
}

static void take_status(struct call *call)
{
	uffd_take(&call->uffd, second_page(call->status));
}

static void take_results(struct call *call)
{
	uffd_take_writes(&call->uffd, second_page(call->args));
}

static const struct place {
	const char *name;
	void (*take)(struct call *call);
	unsigned int mapped;	/* minimum number of mapped grants while EXPORT waits */
} places[] = {
	{ "the structure", take_structure, 0 },
	{ "the references", take_references, BEFORE - BEFORE % 64 },
	{ "the status", take_status, BEFORE - BEFORE % 64 },
	{ "the results", take_results, PAGES },
};

static void *call_export(void *argument)
{
	struct call *call = argument;

	call->result = gntdev_export(guest.gntdev, call->args);
	call->error = errno;
	return NULL;
}

static void begin(struct call *call, const struct place *place)
{
	call->args = across(8);
	call->refs = across(BEFORE * sizeof(call->refs[0]));
	call->status = across(BEFORE * sizeof(call->status[0]));
	memcpy(call->refs, pages.refs, PAGES * sizeof(call->refs[0]));
	memset(call->status, 0x5a, PAGES * sizeof(call->status[0]));
	*call->args = gntdev_export_args(guest.domid, call->refs, PAGES);
	call->args->status = (uintptr_t)call->status;
	place->take(call);
	REQUIRE(!pthread_create(&call->thread, NULL, call_export, call));
	if (!uffd_is_wanted(&call->uffd, STUCK_MS))
		FAIL("EXPORT did not reach %s", place->name);
}

static void use_the_file(void)
{
	struct export export = export_pages(&guest, &others, 0);
	struct gntdev_dmabuf_query answer;
	void *memory;

	memory = export_map(&export, PROT_READ);
	CHECK(memory_is(memory, 0, others.count, others.seed));
	export_unmap(&export, memory);
	CHECK_OK(gntdev_query(guest.gntdev, export.id, &answer));
	CHECK_ERRNO(gntdev_wait(guest.gntdev, export.id, 0), ETIMEDOUT);
	/* The waiting EXPORT may have reserved an id, but QUERY must not find it yet. */
	CHECK_ERRNO(gntdev_query(guest.gntdev, export.id + 1, &answer), ENOENT);
	export_close(&guest, &export);
}

static void use_plain_mapping(void)
{
	uint64_t index;
	void *memory;

	memory = CHECK_OK(gntdev_map(guest.gntdev, guest.domid, others.refs, others.count,
				     PROT_READ, &index));
	CHECK(memory_is(memory, 0, others.count, others.seed));
	CHECK_OK(gntdev_unmap(guest.gntdev, memory, others.count, index));
}

static void be_killed(const struct place *place, int ready)
{
	struct call call;

	begin(&call, place);
	REQUIRE(write(ready, "x", 1) == 1);
	for (;;)
		pause();
}

static void try_kill(const struct place *place)
{
	int ready[2], status;
	uint64_t start;
	pid_t child;
	char byte;

	REQUIRE(!pipe(ready));
	child = fork();
	REQUIRE(child >= 0);
	if (!child)
		be_killed(place, ready[1]);
	close(ready[1]);
	REQUIRE(read(ready[0], &byte, 1) == 1);
	close(ready[0]);

	CHECK(hv_mapped(guest.domid, pages.refs, PAGES) >= place->mapped);
	use_the_file();
	use_plain_mapping();
	start = now_ns();
	REQUIRE(!kill(child, SIGKILL));
	if (!WITHIN_MS(STUCK_MS, waitpid(child, &status, WNOHANG) == child))
		FAIL("the process is still there %u ms after SIGKILL", STUCK_MS);
	note("%s: killed within %llu us", place->name,
	     (unsigned long long)(now_ns() - start) / 1000);
	CHECK(WIFSIGNALED(status));
	CHECK(WITHIN_MS(STUCK_MS, !hv_mapped(guest.domid, pages.refs, PAGES)));
	use_the_file();
}

static void try_go_on(const struct place *place)
{
	struct export export;
	struct call call;
	unsigned int i;
	void *memory;

	begin(&call, place);
	use_the_file();
	uffd_give_back(&call.uffd);
	REQUIRE(!pthread_join(call.thread, NULL));
	if (call.result)
		FAIL("EXPORT after it waited for %s: errno %d (%s)", place->name,
		     call.error, strerror(call.error));
	for (i = 0; i < PAGES; i++)
		CHECK_EQ(call.status[i], 0);
	export = export_made(call.args);
	memory = export_map(&export, PROT_READ);
	CHECK(memory_is(memory, 0, PAGES, pages.seed));
	export_unmap(&export, memory);
	export_close(&guest, &export);
}

int main(void)
{
	unsigned int i, fds;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	guest_share(&guest, &others, 8);
	/* The first call opens a descriptor and keeps it open. */
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	fds = count_fds();
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		try_kill(&places[i]);
		try_go_on(&places[i]);
		CHECK_EQ(count_fds(), fds);
	}
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	CHECK_EQ(guest_unshare(&guest, &others), 0);
	return CASE_PASS;
}
