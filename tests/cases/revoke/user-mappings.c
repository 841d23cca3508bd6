// SPDX-License-Identifier: GPL-2.0
/*
 * REVOKE unmaps the pages from all processes: from mappings for writing and for reading, of a part,
 * with and without previous accesses, moved and inherited. The mappings remain, but each access to
 * them raises SIGBUS. Neither the mappings nor the descriptor keep the grants mapped.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "access.h"
#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	70

static struct scene scene;

struct maps {
	char *both, *reading, *untouched, *part, *moved;
};

static void *move(void *memory)
{
	void *place = mmap(NULL, PAGES * PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	REQUIRE(place != MAP_FAILED);
	return CHECK_OK(mremap(memory, PAGES * PAGE_BYTES, PAGES * PAGE_BYTES,
			       MREMAP_MAYMOVE | MREMAP_FIXED, place));
}

static void map_all(struct maps *maps)
{
	maps->both = export_map(&scene.export, PROT_READ | PROT_WRITE);
	maps->reading = export_map(&scene.export, PROT_READ);
	maps->untouched = export_map(&scene.export, PROT_READ | PROT_WRITE);
	maps->part = CHECK_OK(mmap(NULL, 2 * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
				   scene.export.fd, 3 * PAGE_BYTES));
	maps->moved = export_map(&scene.export, PROT_READ | PROT_WRITE);
	CHECK(memory_is(maps->both, 0, PAGES, scene.pages.seed));
	CHECK(memory_is(maps->reading, 0, PAGES, scene.pages.seed));
	CHECK(memory_is(maps->part, 3, 2, scene.pages.seed));
	CHECK(memory_is(maps->moved, 0, PAGES, scene.pages.seed));
	maps->moved = move(maps->moved);
}

static void check_all(const struct maps *maps)
{
	expect_sigbus(maps->both, PAGES);
	expect_sigbus_reading(maps->reading, PAGES);
	expect_sigbus(maps->untouched, PAGES);
	expect_sigbus(maps->part, 2);
	expect_sigbus(maps->moved, PAGES);
}

/* Starts a child that inherits the mappings and checks them again after a message of the parent. */
static pid_t heir(const struct maps *maps, int socket)
{
	pid_t child = fork();
	char byte;

	REQUIRE(child >= 0);
	if (child)
		return child;
	CHECK(memory_is(maps->both, 0, PAGES, scene.pages.seed));
	REQUIRE(write(socket, "x", 1) == 1);
	REQUIRE(read(socket, &byte, 1) == 1);
	check_all(maps);
	_exit(CASE_PASS);
}

static pid_t start_heir(const struct maps *maps, int sockets[2])
{
	pid_t child;
	char byte;

	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	child = heir(maps, sockets[1]);
	close(sockets[1]);
	if (read(sockets[0], &byte, 1) != 1)
		FAIL("the child could not use the inherited mappings");
	return child;
}

static void check_heir(pid_t child, int socket)
{
	int status;

	REQUIRE(write(socket, "x", 1) == 1);
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), CASE_PASS);
}

int main(void)
{
	struct maps maps;
	int sockets[2];
	pid_t child;

	scene_open(&scene, PAGES, 0);
	map_all(&maps);
	/* In a PV domain children do not inherit them. */
	child = platform_is("pv") ? 0 : start_heir(&maps, sockets);

	export_revoke(&scene.guest, &scene.export);
	expect_sigbus(maps.untouched, PAGES);
	CHECK_ERRNO(mmap(NULL, scene.export.size, PROT_READ, MAP_SHARED, scene.export.fd, 0),
		    ENODEV);
	export_wait(&scene.guest, &scene.export);
	CHECK_EQ(hv_mapped(scene.guest.domid, scene.pages.refs, PAGES), 0);
	check_all(&maps);
	if (child)
		check_heir(child, sockets[0]);

	/* The guest can end its grants while all mappings still exist. */
	CHECK_EQ(guest_unshare(&scene.guest, &scene.pages), 0);
	check_all(&maps);
	CHECK_OK(munmap(maps.both, scene.export.size));
	CHECK_OK(munmap(maps.moved, scene.export.size));
	CHECK_OK(close(scene.export.fd));
	check_all(&(struct maps){ maps.untouched, maps.reading, maps.untouched, maps.part,
				  maps.untouched });
	return CASE_PASS;
}
