// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 120
 *
 * Processes that hold exports are killed at random times: in EXPORT and in the release of a large
 * buffer, while they map and access pages, in WAIT, while a device holds the buffer for them, and
 * in a revocation. Each time the kernel releases everything. (With LONG=1 this is repeated a
 * thousand times.)
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"
#include "pattern.h"

#define KILLS		100
#define KILLS_LONG	1000
#define LOOK_KILLS	20	/* kills between two checks that no grant is mapped */
#define SMALL		32
#define BIG		250	/* several batches */
#define GONE_MS		10000
#define LEAST_NS	(50 * NSEC_PER_MSEC)

enum phase {
	STARTING, EXPORTING, CLOSING, TOUCHING, WAITING, HELD, REVOKED, PHASES
};

static const char *const phase_names[PHASES] = {
	"starting", "exporting", "closing", "touching", "waiting", "held", "revoked",
};

static struct guest guest;
static struct guest_pages small, big;

/* Shared with the holder: its current phase. */
static volatile uint32_t *phase;

static uint64_t seed;

static uint64_t draw(unsigned int turn, uint64_t below)
{
	return pattern_word(seed, turn, 0) % below;
}

static int open_importer(void)
{
	int fd = open("/dev/xen-test-importer", O_RDWR | O_CLOEXEC);

	REQUIRE(fd >= 0);
	return fd;
}

/* ---- holders: they report when they are ready, and never return */

static void do_export(void (*ready)(void))
{
	ready();
	for (;;) {
		struct export export;

		*phase = EXPORTING;
		export = export_pages(&guest, &big, 0);
		*phase = CLOSING;
		CHECK_OK(close(export.fd));
	}
}

static void do_touch(void (*ready)(void))
{
	struct export export = export_pages(&guest, &small, 0);

	ready();
	*phase = TOUCHING;
	for (;;) {
		void *memory = export_map(&export, PROT_READ | PROT_WRITE);

		CHECK(memory_is(memory, 0, SMALL, small.seed));
		export_unmap(&export, memory);
	}
}

static void do_wait(void (*ready)(void))
{
	struct export export = export_pages(&guest, &small, 0);

	CHECK(memory_is(export_map(&export, PROT_READ), 0, SMALL, small.seed));
	ready();
	*phase = WAITING;
	gntdev_wait(guest.gntdev, export.id, GNTDEV_DMABUF_WAIT_FOREVER);
	FAIL("the wait for a held export ended");
}

static void do_hold(void (*ready)(void))
{
	struct export export = export_pages(&guest, &small, 0);
	int importer = open_importer();

	ready();
	*phase = HELD;
	for (;;) {
		CHECK_OK(importer_hold(importer, export.fd, 0));
		CHECK_OK(importer_fence(importer));
		CHECK_OK(importer_signal(importer));
		CHECK_OK(importer_drop(importer));
	}
}

/* The device holds the buffer, so the revocation only ends with the process. */
static void do_revoke(void (*ready)(void))
{
	struct export export = export_pages(&guest, &small, GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE);
	void *memory = export_map(&export, PROT_READ | PROT_WRITE);
	int importer = open_importer();

	CHECK(memory_is(memory, 0, SMALL, small.seed));
	CHECK_OK(importer_hold(importer, export.fd, 0));
	ready();
	*phase = REVOKED;
	export_revoke(&guest, &export);
	gntdev_wait(guest.gntdev, export.id, GNTDEV_DMABUF_WAIT_FOREVER);
	FAIL("the revocation ended while a device holds the buffer");
}

static void (*const holders[])(void (*ready)(void)) = {
	do_export, do_touch, do_wait, do_hold, do_revoke,
};

/* ---- killing them */

static int ready_pipe[2];

static void say_ready(void)
{
	REQUIRE(write(ready_pipe[1], "x", 1) == 1);
}

static void say_nothing(void)
{
}

static void hold(unsigned int turn, bool speaks)
{
	guest_open_gntdev(&guest);
	holders[turn % ARRAY_SIZE(holders)](speaks ? say_ready : say_nothing);
}

static void sleep_ns(uint64_t ns)
{
	struct timespec time = {
		.tv_sec = (time_t)(ns / NSEC_PER_SEC),
		.tv_nsec = (long)(ns % NSEC_PER_SEC),
	};

	nanosleep(&time, NULL);
}

/*
 * Kills a holder and returns its phase. In half of the turns the kill does not wait until the
 * holder is ready.
 */
static enum phase kill_one(unsigned int turn, uint64_t longest)
{
	bool speaks = turn / ARRAY_SIZE(holders) % 2;
	int status = 0;
	pid_t child;
	char byte;

	*phase = STARTING;
	child = fork();
	REQUIRE(child >= 0);
	if (!child)
		hold(turn, speaks);
	if (speaks)
		REQUIRE(read(ready_pipe[0], &byte, 1) == 1);
	sleep_ns(draw(turn, longest));
	REQUIRE(!kill(child, SIGKILL));
	if (!WITHIN_MS(GONE_MS, waitpid(child, &status, WNOHANG) == child))
		FAIL("a holder that was %s is still there %u ms after SIGKILL",
		     phase_names[*phase], GONE_MS);
	if (!WIFSIGNALED(status))
		FAIL("a holder that was %s ended by itself", phase_names[*phase]);
	return *phase;
}

static void check_nothing_mapped(void)
{
	CHECK(WITHIN_MS(GONE_MS, !hv_mapped(guest.domid, big.refs, BIG)));
	CHECK(WITHIN_MS(GONE_MS, !hv_mapped(guest.domid, small.refs, SMALL)));
}

/* Returns the duration of a holder's longest operation, which covers its start as well. */
static uint64_t time_export(void)
{
	uint64_t start = now_ns();
	struct export export = export_pages(&guest, &big, 0);

	export_close(&guest, &export);
	start = now_ns() - start;
	return start > LEAST_NS ? start : LEAST_NS;
}

int main(void)
{
	unsigned int turn, hits[PHASES] = { 0 }, kills = is_long() ? KILLS_LONG : KILLS;
	uint64_t longest;

	guest_open(&guest);
	close(importer_open());
	guest_share(&guest, &big, BIG);
	guest_share(&guest, &small, SMALL);
	REQUIRE(!pipe2(ready_pipe, O_CLOEXEC));
	phase = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(phase != MAP_FAILED);
	longest = time_export();
	seed = now_ns();
	note("seed %#" PRIx64 ", kills within %" PRIu64 " us", seed, longest / 1000);

	for (turn = 0; turn < kills; turn++) {
		hits[kill_one(turn, longest)]++;
		if (turn % LOOK_KILLS == 0)
			check_nothing_mapped();
	}
	check_nothing_mapped();
	for (turn = 0; turn < PHASES; turn++) {
		note("killed while %s: %u", phase_names[turn], hits[turn]);
		/* The times are random, but each longer phase must have been hit. */
		CHECK(hits[turn] || turn == STARTING || turn == CLOSING);
	}
	CHECK_EQ(guest_unshare(&guest, &big), 0);
	CHECK_EQ(guest_unshare(&guest, &small), 0);
	return CASE_PASS;
}
