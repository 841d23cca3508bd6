// SPDX-License-Identifier: LGPL-2.1-only
/*
 * usage: sandbox DOMID
 *
 * Receives one buffer from a domain, and leaves what is in it to a process without any rights,
 * which gets the dma-buf over a socket (SCM_RIGHTS). A decoder of hostile pictures can do with
 * this: it can read one dma-buf, and has neither gntdev nor the stream.
 */
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "picture.h"
#include "vchan.h"

#define NOBODY		65534
#define DECODE_MS	20000
#define RELEASE_MS	5000

/* What the two processes say to each other: where the data is, and its sum. */
struct job {
	uint64_t offset, length;
};

union control {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static int send_job(int socket, const struct job *job, int fd)
{
	struct iovec part = { (void *)job, sizeof(*job) };
	union control control = { 0 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_NOSIGNAL) == sizeof(*job) ? 0 : -1;
}

static int receive_job(int socket, struct job *job, int *fd)
{
	struct iovec part = { job, sizeof(*job) };
	union control control = { 0 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *head;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != sizeof(*job))
		return -1;
	head = CMSG_FIRSTHDR(&message);
	if (!head || head->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(fd, CMSG_DATA(head), sizeof(*fd));
	return 0;
}

/*
 * The process without rights. It is made before anything is opened, so it has nothing but the
 * socket. (A program that takes this seriously also limits the system calls, see seccomp(2).)
 */
static int decode(int socket)
{
	struct job job;
	uint32_t sum;
	char *memory;
	int fd;

	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		return 1;
	if (receive_job(socket, &job, &fd))
		return 1;
	memory = mmap(NULL, job.offset + job.length, PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return 1;
	sum = picture_sum(memory + job.offset, job.length);
	return write(socket, &sum, sizeof(sum)) != sizeof(sum);
}

/*
 * The buffer is released when the other process has ended, which has it mapped. A decoder that a
 * picture has taken over may not answer, or not end.
 */
static int use(xengnttab_dmabuf_stream *stream, struct xengnttab_dmabuf_event *event, int socket,
	       pid_t decoder)
{
	struct job job = { event->content.offset, event->content.length };
	struct pollfd answer = { .fd = socket, .events = POLLIN };
	uint32_t sum;
	int result;

	result = send_job(socket, &job, event->fd);
	xengnttab_dmabuf_event_clear(event);
	if (!result && (poll(&answer, 1, DECODE_MS) != 1 ||
			read(socket, &sum, sizeof(sum)) != sizeof(sum)))
		result = -1;
	kill(decoder, SIGKILL);
	waitpid(decoder, NULL, 0);
	if (result)
		return -1;
	printf("%s, by a process without rights:\nsum %08x\n", event->content.name, sum);
	return xengnttab_dmabuf_stream_release(stream, event->number, RELEASE_MS);
}

static int serve(xengnttab_handle *xgt, int domid, int socket, pid_t decoder)
{
	const struct xengnttab_dmabuf_limits limits = {
		.size = sizeof(limits),
		.max_buffers = 1, .max_pages = 8192, .max_total_pages = 8192,
	};
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };
	struct libxenvchan *vchan = vchan_connect(domid);
	xengnttab_dmabuf_stream *stream;
	int result = -1;

	if (!vchan)
		return -1;
	stream = xengnttab_dmabuf_stream_open_ops(xgt, (uint32_t)domid, &limits, &vchan_ops,
						  vchan);
	if (stream && xengnttab_dmabuf_stream_receive(stream, &event) == 1 &&
	    event.type == XENGNTTAB_DMABUF_EVENT_BUFFER)
		result = use(stream, &event, socket, decoder);
	xengnttab_dmabuf_stream_close(stream);
	libxenvchan_close(vchan);
	return result;
}

int main(int argc, char **argv)
{
	int domid = argc == 2 ? atoi(argv[1]) : -1, sockets[2], result = -1;
	xengnttab_handle *xgt;
	pid_t decoder;

	if (domid < 0)
		return 2;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return 1;
	decoder = fork();
	switch (decoder) {
	case -1:
		return 1;
	case 0:
		close(sockets[0]);
		_exit(decode(sockets[1]));
	}
	close(sockets[1]);
	xgt = xengnttab_open(NULL, 0);
	if (xgt) {
		result = serve(xgt, domid, sockets[0], decoder);
		xengnttab_close(xgt);
	}
	if (result)
		perror("sandbox");
	return result ? 1 : 0;
}
