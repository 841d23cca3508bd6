/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Common definitions of all cases.
 *
 * A case is a program. It prints its findings to stdout, one per line. Its exit status is the
 * verdict: 0 passed, 4 skipped (the last line of stdout is the reason), any other failed.
 * CASE_ERROR means that the case itself or its environment is at fault, and not the code under
 * test.
 *
 * The macros evaluate their arguments once.
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

/* End the process and never return. In a child of the case, only the child ends. */
void case_skip(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void case_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
void case_error(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));

/* Is this the return value of a system call that failed? */
#define CASE_CALL_FAILED(value)	((long)(value) == -1)

#define SKIP(...)	case_skip(__VA_ARGS__)
#define FAIL(...)	case_fail(__FILE__, __LINE__, __VA_ARGS__)

/* A precondition of the test. If it does not hold, the result is CASE_ERROR. */
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

/* A call that must succeed: it returns any value but -1 (MAP_FAILED). */
#define CHECK_OK(expr)							\
	({								\
		__typeof__(expr) value_;				\
		errno = 0;						\
		value_ = (expr);					\
		if (CASE_CALL_FAILED(value_))				\
			FAIL("%s: errno %d (%m)", #expr, errno);	\
		value_;							\
	})

/* A call that must fail with this errno. */
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
 * Wait until the condition holds and check it every 10 ms. False if it never held. The macro
 * counts the checks instead of the time: while the whole machine stands still, no other thread
 * can make the condition true.
 */
#define WITHIN_MS(ms, condition)					\
	({								\
		unsigned int looks_ = (ms) / 10;			\
		bool holds_;						\
		while (!(holds_ = (condition)) && looks_--)		\
			sleep_ms(10);					\
		holds_;							\
	})

/* The platform: "pvh", "pv" or "arm64", or one of these with "-balloon". */
const char *platform(void);
bool platform_is(const char *name);

/* With LONG=1 a case may run more rounds: its time limit is ten times as long. */
bool is_long(void);

/*
 * Is this the unpatched kernel (MAINLINE=1)? There, a case passes if it sees the fault. With our
 * patches it passes if the fault is gone.
 */
bool is_mainline(void);

/* The state of a thread, as the letter in /proc: S, D, R, ...; '?' if the thread is gone. */
char task_state(int pid, int tid);

/*
 * A thread stores its id with tell_tid(). Other threads of this process use tid_is() to wait
 * until it is in a state.
 */
void tell_tid(int *tid);
bool tid_is(const int *tid, char state);

/*
 * Counts the descriptors of this process: the open ones, and those that a call has reserved and
 * never installed (dup2() fails with EBUSY).
 */
unsigned int count_fds(void);
long read_long(const char *path);

#endif /* TESTS_CASE_H */
