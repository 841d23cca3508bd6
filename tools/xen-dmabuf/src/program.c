// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "program.h"

/* How soon the end of the program is noticed. */
#define LOOK_MS		20

static void set_number(const char *key, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	setenv(key, text, 1);
}

/* XEN_DMABUF_PLANES: offset and stride of each plane, as "0:1920 2073600:1920". */
static void set_planes(const struct xengnttab_dmabuf_content *content)
{
	char text[XENGNTTAB_DMABUF_PLANES * 24] = "";
	size_t length = 0;
	unsigned int i;

	for (i = 0; i < XENGNTTAB_DMABUF_PLANES && content->strides[i]; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%u:%u",
					   i ? " " : "", content->offsets[i], content->strides[i]);
	setenv("XEN_DMABUF_PLANES", text, 1);
}

static void set_environment(const struct xengnttab_dmabuf_content *content)
{
	set_number("XEN_DMABUF_OFFSET", content->offset);
	set_number("XEN_DMABUF_LENGTH", content->length);
	set_number("XEN_DMABUF_WIDTH", content->width);
	set_number("XEN_DMABUF_HEIGHT", content->height);
	set_planes(content);
	set_number("XEN_DMABUF_FOURCC", content->fourcc);
	set_number("XEN_DMABUF_MODIFIER", content->modifier);
}

/* In the child. dup2() does not clear close-on-exec if the number is the same. */
static void run_shell(const struct session *session, const char *command)
{
	int fd = session->event.fd;

	if (fd == PROGRAM_FD ? fcntl(fd, F_SETFD, 0) : dup2(fd, PROGRAM_FD) < 0)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	set_environment(&session->event.content);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/*
 * Sends SIGTERM to @target if the sharer wants the buffer back or a signal comes, and SIGKILL after
 * a second signal. @reason is EXIT_OK or EXIT_INTERRUPTED then. Returns the result of waitpid().
 */
static pid_t wait_for(struct session *session, pid_t child, pid_t target, int *status, int *reason)
{
	pid_t result;

	*reason = -1;
	while (!(result = waitpid(child, status, WNOHANG))) {
		if (is_interrupted()) {
			forget_signal();
			kill(target, *reason == EXIT_INTERRUPTED ? SIGKILL : SIGTERM);
			*reason = EXIT_INTERRUPTED;
		} else if (*reason >= 0) {
			poll(NULL, 0, LOOK_MS);
		} else if (session_is_over(session, LOOK_MS)) {
			kill(target, SIGTERM);
			*reason = EXIT_OK;
		} else {
			continue;
		}
		/* A program in the background that reads from the terminal is stopped. */
		kill(target, SIGCONT);
	}
	return result;
}

int program_run(struct session *session, const char *command)
{
	/* Only the group that a terminal is in the foreground for can read from it. */
	bool own_group = !isatty(STDIN_FILENO);
	int status, reason;
	pid_t child;

	/* If it were ignored, waitpid() would not find the child. */
	signal(SIGCHLD, SIG_DFL);
	child = fork();
	if (child < 0)
		return fail(EXIT_FAILED, "cannot start a process (%s)", strerror(errno));
	/* In both processes, since either can be the first one to need it. */
	if (own_group)
		setpgid(child, child);
	if (!child)
		run_shell(session, command);
	if (wait_for(session, child, own_group ? -child : child, &status, &reason) < 0)
		return fail(EXIT_FAILED, "cannot wait for the program of --exec (%s)",
			    strerror(errno));
	if (reason == EXIT_INTERRUPTED)
		return fail(EXIT_INTERRUPTED, "interrupted");
	if (reason == EXIT_OK || (WIFEXITED(status) && !WEXITSTATUS(status)))
		return EXIT_OK;
	if (WIFEXITED(status))
		return fail(EXIT_FAILED, "the program of --exec ended with status %d",
			    WEXITSTATUS(status));
	return fail(EXIT_FAILED, "signal %d ended the program of --exec", WTERMSIG(status));
}
