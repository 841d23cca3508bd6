// SPDX-License-Identifier: GPL-2.0
/*
 * A second process receives the dma-buf over a socket (SCM_RIGHTS). It maps and uses the dma-buf
 * after the first process has closed everything.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "pass-fd.h"
#include "pattern.h"

#define PAGES	64

/* This process only shares the socket with its parent. */
static void second_process(int socket)
{
	struct export export = { .size = PAGES * PAGE_BYTES };
	uint64_t seed;
	char *memory;
	uint32_t i;

	export.fd = receive_fd(socket);
	REQUIRE(read(socket, &seed, sizeof(seed)) == sizeof(seed));
	memory = export_map(&export, PROT_READ | PROT_WRITE);
	CHECK(memory_is(memory, 0, PAGES, seed));
	for (i = 0; i < PAGES; i++)
		pattern_fill(memory + i * PAGE_BYTES, ~seed, i);
	_exit(CASE_PASS);
}

int main(void)
{
	int socket, status;
	struct scene scene;
	uint64_t id;
	pid_t child;

	child = fork_with_socket(&socket);
	if (!child)
		second_process(socket);

	scene_open(&scene, PAGES, 0);
	send_fd(socket, scene.export.fd);
	id = scene.export.id;
	CHECK_OK(close(scene.export.fd));
	CHECK_EQ(export_state(&scene.guest, id), GNTDEV_DMABUF_STATE_LIVE);
	REQUIRE(write(socket, &scene.pages.seed, 8) == 8);

	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), CASE_PASS);
	CHECK(guest_sees(&scene.guest, &scene.pages, 0, PAGES,
			 ~scene.pages.seed));
	export_wait(&scene.guest, &scene.export);
	scene.export.fd = -1;
	scene_close(&scene);
	return CASE_PASS;
}
