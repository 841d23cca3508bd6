// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "restore.h"

#define MAX_GUARDS	8

/* A process that waits, and the pipe whose closing it waits for. */
static struct guard {
	pid_t pid;
	int pipe;
} guards[MAX_GUARDS];

static unsigned int guard_count;

struct kept_file {
	const char *path;
	char text[128];
};

/* At a normal exit, wait until everything is restored. */
static void let_go(void)
{
	while (guard_count) {
		struct guard *guard = &guards[--guard_count];

		close(guard->pipe);
		waitpid(guard->pid, NULL, 0);
	}
}

/* The objects under test must not stay alive because of a descriptor in this process. */
static void close_all_but(int fd)
{
	if (fd > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, (unsigned int)fd - 1, 0);
	close_range((unsigned int)fd + 1, ~0U, 0);
}

static void stand_guard(int pipe, void (*restore)(void *argument), void *argument)
{
	char byte;

	close_all_but(pipe);
	while (read(pipe, &byte, 1) < 0 && errno == EINTR)
		;
	restore(argument);
	_exit(0);
}

void when_over(void (*restore)(void *argument), void *argument)
{
	struct guard *guard = &guards[guard_count];
	int ends[2];

	REQUIRE(guard_count < MAX_GUARDS);
	REQUIRE(!pipe2(ends, O_CLOEXEC));
	guard->pid = fork();
	REQUIRE(guard->pid >= 0);
	if (!guard->pid)
		stand_guard(ends[0], restore, argument);
	/* When the time limit expires, the process group of the case is killed. */
	REQUIRE(!setpgid(guard->pid, guard->pid));
	close(ends[0]);
	guard->pipe = ends[1];
	if (!guard_count++)
		REQUIRE(!atexit(let_go));
}

static int write_text(const char *path, const char *text)
{
	ssize_t length = (ssize_t)strlen(text), written;
	int fd;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	written = write(fd, text, (size_t)length);
	close(fd);
	return written == length ? 0 : -1;
}

static void write_back(void *argument)
{
	struct kept_file *kept = argument;

	if (write_text(kept->path, kept->text))
		note("%s keeps what the case wrote: %m", kept->path);
}

void keep_file(const char *path)
{
	struct kept_file *kept;
	FILE *file;

	kept = calloc(1, sizeof(*kept));
	REQUIRE(kept);
	kept->path = strdup(path);
	REQUIRE(kept->path);
	file = fopen(path, "r");
	if (!file || !fgets(kept->text, sizeof(kept->text), file))
		case_error(__FILE__, __LINE__, "%s: %m", path);
	fclose(file);
	when_over(write_back, kept);
}

void write_long(const char *path, long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld\n", value);
	if (write_text(path, text))
		case_error(__FILE__, __LINE__, "%ld to %s: %m", value, path);
}
