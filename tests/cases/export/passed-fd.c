// SPDX-License-Identifier: GPL-2.0
/*
 * A second process gets the dma-buf over a socket (SCM_RIGHTS), maps it and uses
 * it after the first has closed everything.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "pattern.h"

#define PAGES	64

union control {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static struct msghdr message(union control *control, struct iovec *part)
{
	static char byte = 'x';

	*part = (struct iovec){ &byte, 1 };
	return (struct msghdr){
		.msg_iov = part,
		.msg_iovlen = 1,
		.msg_control = control->room,
		.msg_controllen = sizeof(control->room),
	};
}

static void send_fd(int socket, int fd)
{
	union control control = { 0 };
	struct cmsghdr *head;
	struct msghdr msg;
	struct iovec part;

	msg = message(&control, &part);
	head = CMSG_FIRSTHDR(&msg);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	REQUIRE(sendmsg(socket, &msg, 0) == 1);
}

static int receive_fd(int socket)
{
	union control control = { 0 };
	struct cmsghdr *head;
	struct msghdr msg;
	struct iovec part;
	int fd;

	msg = message(&control, &part);
	REQUIRE(recvmsg(socket, &msg, 0) == 1);
	head = CMSG_FIRSTHDR(&msg);
	REQUIRE(head && head->cmsg_type == SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

/* Has only the socket in common with the parent. */
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
	int sockets[2], status;
	struct scene scene;
	uint64_t id;
	pid_t child;

	skip_on_pv();
	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	child = fork();
	REQUIRE(child >= 0);
	if (!child) {
		close(sockets[0]);
		second_process(sockets[1]);
	}
	close(sockets[1]);

	scene_open(&scene, PAGES, 0);
	send_fd(sockets[0], scene.export.fd);
	id = scene.export.id;
	CHECK_OK(close(scene.export.fd));
	CHECK_EQ(export_state(&scene.guest, id), GNTDEV_DMABUF_STATE_LIVE);
	REQUIRE(write(sockets[0], &scene.pages.seed, 8) == 8);

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
