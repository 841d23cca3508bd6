/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every case is made of.
 *
 * A case is a program. It says what it finds on stdout, one line per finding,
 * and its exit status is the verdict: 0 passed, 4 skipped (the last line of
 * stdout is the reason), anything else failed. A fault of the case or of its
 * surroundings, as opposed to one of what is tested, is CASE_ERROR.
 *
 * Arguments of the macros are evaluated once.
 */

#ifndef TESTS_CASE_H
#define TESTS_CASE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CASE_PASS	0
#define CASE_FAIL	1
#define CASE_ERROR	3
#define CASE_SKIP	4

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PAGE_BYTES	4096UL

#define NSEC_PER_MSEC	1000000ULL
#define NSEC_PER_SEC	1000000000ULL

/* One line of diagnostics. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* End the case; never return. In a child process: end the child. */
void case_skip(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void case_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
void case_error(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));

/* The result of a system call that failed: its value and errno. */
#define CASE_CALL_FAILED(value)	((long)(value) == -1)

#define SKIP(...)	case_skip(__VA_ARGS__)
#define FAIL(...)	case_fail(__FILE__, __LINE__, __VA_ARGS__)

/* For what has to work before there is anything to test. */
#define REQUIRE(expr)							\
	do {								\
		errno = 0;						\
		if (!(expr))						\
			case_error(__FILE__, __LINE__, "%s: errno %d (%m)", \
				   #expr, errno);			\
	} while (0)

#define CHECK(expr)							\
	do {								\
		if (!(expr))						\
			FAIL("%s does not hold", #expr);		\
	} while (0)

/* A call that has to succeed: anything but -1 (MAP_FAILED). */
#define CHECK_OK(expr)							\
	({								\
		__typeof__(expr) value_;				\
		errno = 0;						\
		value_ = (expr);					\
		if (CASE_CALL_FAILED(value_))				\
			FAIL("%s: errno %d (%m)", #expr, errno);	\
		value_;							\
	})

/* A call that has to fail, and for that reason. */
#define CHECK_ERRNO(expr, want)						\
	do {								\
		long value_;						\
		int errno_;						\
		errno = 0;						\
		value_ = (long)(expr);					\
		errno_ = errno;						\
		if (value_ != -1)					\
			FAIL("%s returned %ld, expected %s",		\
			     #expr, value_, #want);			\
		if (errno_ != (want))					\
			FAIL("%s: errno %d (%s), expected %s",		\
			     #expr, errno_, strerror(errno_), #want);	\
	} while (0)

#define CHECK_EQ(got, want)						\
	do {								\
		unsigned long long got_ = (unsigned long long)(got);	\
		unsigned long long want_ = (unsigned long long)(want);	\
		if (got_ != want_)					\
			FAIL("%s is %#llx, expected %s = %#llx",	\
			     #got, got_, #want, want_);			\
	} while (0)

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t now_ns(void);
uint64_t in_ms(unsigned int ms);
void sleep_ms(unsigned int ms);

/*
 * Wait until the condition holds, looking at it every 10 ms. False if it never
 * did. It is the looks that are counted: a machine that has stood still meanwhile has
 * given nobody the time to make it hold.
 */
#define WITHIN_MS(ms, condition)					\
	({								\
		unsigned int looks_ = (ms) / 10;			\
		bool holds_;						\
		while (!(holds_ = (condition)) && looks_--)		\
			sleep_ms(10);					\
		holds_;							\
	})

/* The kind of Dom0: "pvh", "pv" or "arm64". */
const char *platform(void);
bool platform_is(const char *name);

/* With LONG=1 there is time for more of the same, ten times the case's limit. */
bool is_long(void);

/*
 * Is this the unpatched kernel, whose faults are to be seen (MAINLINE=1)? With them a
 * case passes there, and without them here.
 */
bool is_mainline(void);

/* What a thread does, by the letter that /proc has for it: S, D, R, ...; '?': it is gone. */
char task_state(int pid, int tid);

/* For a thread that others of this process wait for: where it says who it is, and they look. */
void tell_tid(int *tid);
bool tid_is(const int *tid, char state);

/*
 * Descriptors of this process: those that are open, and those that are reserved by a
 * call that never came to use them (dup2 says EBUSY).
 */
unsigned int count_fds(void);
long read_long(const char *path);

#endif /* TESTS_CASE_H */
