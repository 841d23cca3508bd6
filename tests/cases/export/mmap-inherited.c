// SPDX-License-Identifier: GPL-2.0
/*
 * After a fork, the child inherits user mappings and holds the buffer by them, unless the parent
 * has set MADV_DONTFORK. In a PV domain the child never inherits them.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "access.h"
#include "case.h"
#include "guest.h"
#include "pattern.h"

#define PAGES	9
#define SIZE	(PAGES * PAGE_BYTES)

static struct scene scene;

static void join(pid_t child)
{
	int status;

	REQUIRE(waitpid(child, &status, 0) == child);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != CASE_PASS)
		FAIL("the child ended with wait status %#x", (unsigned int)status);
}

/* Checks that a child has the memory with the guest's data, or that it has no memory there. */
static void check_child(char *memory, bool inherits)
{
	pid_t child = fork();

	REQUIRE(child >= 0);
	if (child) {
		join(child);
		return;
	}
	if (!inherits) {
		CHECK_EQ(fault_of_read(memory), SIGSEGV);
		CHECK_EQ(fault_of_write(memory + SIZE - 1), SIGSEGV);
		_exit(CASE_PASS);
	}
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	pattern_fill(memory + PAGE_BYTES, ~scene.pages.seed, 1);
	_exit(CASE_PASS);
}

static void try_fork(bool touched)
{
	bool inherits = !platform_is("pv");
	char *memory = export_map(&scene.export, PROT_READ | PROT_WRITE);

	if (touched)
		CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	check_child(memory, inherits);
	if (inherits) {
		CHECK(memory_is(memory + PAGE_BYTES, 1, 1, ~scene.pages.seed));
		pattern_fill(memory + PAGE_BYTES, scene.pages.seed, 1);
	}
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	export_unmap(&scene.export, memory);
}

static void try_advice(void)
{
	char *memory = export_map(&scene.export, PROT_READ | PROT_WRITE);
	bool inherits = true;

	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	CHECK_OK(madvise(memory, SIZE, MADV_DONTFORK));
	check_child(memory, false);
	/* Some kernels do not allow MADV_DOFORK on such a mapping. */
	if (platform_is("pv") || madvise(memory, SIZE, MADV_DOFORK)) {
		CHECK_ERRNO(madvise(memory, SIZE, MADV_DOFORK), EINVAL);
		inherits = false;
	}
	check_child(memory, inherits);
	if (inherits)
		pattern_fill(memory + PAGE_BYTES, scene.pages.seed, 1);
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	export_unmap(&scene.export, memory);
}

/* The child only keeps the mapping, until the parent closes the pipe. */
static void hold(void *memory, int go)
{
	char byte;

	close(scene.export.fd);
	guest_close_gntdev(&scene.guest);
	REQUIRE(read(go, &byte, 1) == 0);
	if (!platform_is("pv"))
		CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	_exit(CASE_PASS);
}

static void try_hold(void)
{
	void *memory = export_map(&scene.export, PROT_READ);
	struct gntdev_dmabuf_query answer;
	int go[2];
	pid_t child;

	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	REQUIRE(!pipe(go));
	child = fork();
	REQUIRE(child >= 0);
	if (!child) {
		close(go[1]);
		hold(memory, go[0]);
	}
	export_unmap(&scene.export, memory);
	CHECK_OK(close(scene.export.fd));
	scene.export.fd = -1;
	if (!platform_is("pv")) {
		CHECK_ERRNO(gntdev_wait(scene.guest.gntdev, scene.export.id, in_ms(300)),
			    ETIMEDOUT);
		CHECK_OK(gntdev_query(scene.guest.gntdev, scene.export.id, &answer));
		CHECK_EQ(answer.user_mappings, 1);
		close(go[1]);
		join(child);
	}
	export_wait(&scene.guest, &scene.export);
	if (platform_is("pv")) {
		close(go[1]);
		join(child);
	}
}

int main(void)
{
	scene_open(&scene, PAGES, 0);
	try_fork(true);
	try_fork(false);
	try_advice();
	try_hold();
	scene_close(&scene);
	return CASE_PASS;
}
