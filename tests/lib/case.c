// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "case.h"

#define COUNTED_FDS	128

/* Write whole lines at once, because children write to the same pipe. */
__attribute__((constructor)) static void set_line_buffer(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
}

static void say(const char *what, const char *file, int line, const char *fmt,
		va_list args)
{
	int saved = errno;
	char text[512];
	char *name = file ? strrchr(file, '/') : NULL;

	errno = saved;
	vsnprintf(text, sizeof(text), fmt, args);
	if (!file)
		printf("%s%s\n", what, text);
	else
		printf("%s%s:%d: %s\n", what, name ? name + 1 : file, line, text);
	fflush(stdout);
	errno = saved;
}

void note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("", NULL, 0, fmt, args);
	va_end(args);
}

void case_skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("", NULL, 0, fmt, args);
	va_end(args);
	_exit(CASE_SKIP);
}

void case_fail(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("", file, line, fmt, args);
	va_end(args);
	_exit(CASE_FAIL);
}

void case_error(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("error of the case or its surroundings: ", file, line, fmt, args);
	va_end(args);
	_exit(CASE_ERROR);
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

uint64_t in_ms(unsigned int ms)
{
	return now_ns() + ms * NSEC_PER_MSEC;
}

void sleep_ms(unsigned int ms)
{
	struct timespec time = {
		.tv_sec = ms / 1000,
		.tv_nsec = (long)(ms % 1000 * NSEC_PER_MSEC),
	};

	while (nanosleep(&time, &time) && errno == EINTR)
		;
}

const char *platform(void)
{
	const char *name = getenv("PLATFORM");

	REQUIRE(name && *name);
	return name;
}

bool platform_is(const char *name)
{
	return !strcmp(platform(), name);
}

bool is_mainline(void)
{
	return getenv("MAINLINE") != NULL;
}

bool is_long(void)
{
	return getenv("LONG") != NULL;
}

unsigned int count_fds(void)
{
	unsigned int count = 0;
	int fd;

	for (fd = 0; fd < COUNTED_FDS; fd++) {
		if (fcntl(fd, F_GETFD) != -1) {
			count++;
			continue;
		}
		if (dup2(STDOUT_FILENO, fd) == fd)
			close(fd);
		else if (errno == EBUSY)
			count++;
	}
	return count;
}

long read_long(const char *path)
{
	long value;
	FILE *file;

	file = fopen(path, "r");
	if (!file)
		case_error(__FILE__, __LINE__, "%s: %m", path);
	if (fscanf(file, "%ld", &value) != 1)
		case_error(__FILE__, __LINE__, "%s holds no number", path);
	fclose(file);
	return value;
}

char task_state(int pid, int tid)
{
	char path[64], state = '?';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	file = fopen(path, "r");
	if (!file)
		return '?';
	/* The state follows the name, which is in parentheses. */
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	fclose(file);
	return state;
}

void tell_tid(int *tid)
{
	__atomic_store_n(tid, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
}

bool tid_is(const int *tid, char state)
{
	int told = __atomic_load_n(tid, __ATOMIC_ACQUIRE);

	return told && task_state(getpid(), told) == state;
}
