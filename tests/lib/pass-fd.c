// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "case.h"
#include "pass-fd.h"

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

void send_fd(int socket, int fd)
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

int receive_fd(int socket)
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

pid_t fork_with_socket(int *socket)
{
	int sockets[2];
	pid_t child;

	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	child = fork();
	REQUIRE(child >= 0);
	*socket = sockets[!child];
	close(sockets[!!child]);
	return child;
}
