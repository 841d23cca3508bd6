// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"

/* Xen's first reserved domain id. */
#define FIRST_RESERVED	0x7ff0

const char *current_name(void);
const char *current_usage(void);

static volatile sig_atomic_t interrupted;

/* CLOCK_MONOTONIC in milliseconds. */
static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void print_message(const char *fmt, va_list args)
{
	const char *name = current_name();

	progress_end();
	fprintf(stderr, "xen-dmabuf%s%s: ", name ? " " : "", name ? name : "");
	vfprintf(stderr, fmt, args);
}

int fail(int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_message(fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return code;
}

int fail_usage(const char *fmt, ...)
{
	const char *name = current_name();
	va_list args;

	va_start(args, fmt);
	print_message(fmt, args);
	va_end(args);
	fprintf(stderr, "; see 'xen-dmabuf %s%s--help'\n", name ? name : "", name ? " " : "");
	return EXIT_USAGE;
}

/* For what getopt_long() has refused. */
static int fail_option(int argc, char **argv)
{
	return fail_usage("'%s' is not an option, or its value is missing",
			  argv[optind > argc || optind < 2 ? 1 : optind - 1]);
}

static int show_usage(void)
{
	fputs(current_usage(), stdout);
	return EXIT_OK;
}

int parse_options(int argc, char **argv, const char *letters, const struct option *options,
		  bool (*parse)(void *context, int option), void *context)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		if (option == 'h')
			return show_usage();
		if (option == '?')
			return fail_option(argc, argv);
		if (!parse(context, option))
			return fail_usage("'%s' is not a value for this option", optarg);
	}
	return -1;
}

int fail_extra(char **argv)
{
	return fail_usage("'%s' is one argument too many", argv[optind]);
}

int fail_process(pid_t pid)
{
	if (errno == ESRCH)
		return fail(EXIT_FAILED, "there is no process %d; 'xen-dmabuf list' shows those "
			    "with buffers", (int)pid);
	if (errno == EACCES || errno == EPERM)
		return fail(EXIT_FAILED, "cannot look at process %d (%s); run it as root",
			    (int)pid, strerror(errno));
	return fail(EXIT_FAILED, "cannot look at the processes (%s); check that /proc is mounted",
		    strerror(errno));
}

void copy_printable(char *to, size_t size, const char *from)
{
	size_t i;

	for (i = 0; from[i] && i + 1 < size; i++)
		to[i] = (unsigned char)from[i] < ' ' || (unsigned char)from[i] > '~' ? '?' :
			from[i];
	to[i] = '\0';
}

void print_json_text(FILE *file, const char *text)
{
	fputc('"', file);
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte < ' ') {
			fprintf(file, "\\u%04x", byte);
			continue;
		}
		if (byte == '"' || byte == '\\')
			fputc('\\', file);
		/* It need not be UTF-8. */
		fputc(byte < 0x80 ? byte : '?', file);
	}
	fputc('"', file);
}

int finish_stdout(int code)
{
	if ((!fflush(stdout) && !ferror(stdout)) || code != EXIT_OK)
		return code;
	return fail(EXIT_FAILED, "writing to standard output failed; check the space there");
}

/* Clears the line with "erase in line". */
#define CLEAR_LINE	"\r\033[K"
#define PROGRESS_MS	200

static int64_t next_progress;

void progress(const char *fmt, ...)
{
	int64_t now = now_ms();
	va_list args;

	if (now < next_progress || !isatty(STDERR_FILENO))
		return;
	next_progress = now + PROGRESS_MS;
	fputs(CLEAR_LINE, stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fflush(stderr);
}

void progress_end(void)
{
	if (next_progress)
		fputs(CLEAR_LINE, stderr);
	next_progress = 0;
}

/* Returns what follows the digits, or NULL if there are none or too many. */
static const char *parse_digits(const char *text, uint64_t *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return NULL;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return errno ? NULL : end;
}

bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
	const char *end = parse_digits(text, number);

	return end && !*end && *number <= max;
}

bool parse_domid(const char *text, uint32_t *domid)
{
	uint64_t number;

	if (!parse_number(text, FIRST_RESERVED - 1, &number))
		return false;
	*domid = (uint32_t)number;
	return true;
}

bool parse_pid(const char *text, pid_t *pid)
{
	uint64_t number;

	if (!parse_number(text, INT_MAX, &number) || !number)
		return false;
	*pid = (pid_t)number;
	return true;
}

bool parse_size(const char *text, uint64_t *size)
{
	const char *end = parse_digits(text, size);
	unsigned int shift = 0;

	if (!end)
		return false;
	switch (*end) {
	case 'K':
		shift = 10;
		break;
	case 'M':
		shift = 20;
		break;
	case 'G':
		shift = 30;
		break;
	}
	if (shift)
		end++;
	if (*end || !*size || *size > UINT64_MAX >> 24 >> shift)
		return false;
	*size <<= shift;
	return true;
}

bool parse_seconds(const char *text, int *ms)
{
	double seconds;
	char *end;

	errno = 0;
	seconds = strtod(text, &end);
	if (errno || end == text || *end || !(seconds >= 0 && seconds <= INT_MAX / 1000))
		return false;
	*ms = (int)(seconds * 1000);
	return true;
}

xengnttab_handle *open_gntdev(uint32_t caps, uint32_t old_caps, int *code)
{
	xengnttab_handle *xgt = xengnttab_open(NULL, 0);
	uint32_t have;

	if (!xgt) {
		*code = fail(errno == ENOENT || errno == ENODEV ? EXIT_UNSUPPORTED : EXIT_FAILED,
			     "cannot open /dev/xen/gntdev (%s); run it as root in a Xen domain, "
			     "with the module xen-gntdev loaded", strerror(errno));
		return NULL;
	}
	if (!xengnttab_dmabuf_capabilities(xgt, &have) &&
	    ((have & caps) == caps || (old_caps && (have & old_caps) == old_caps)))
		return xgt;
	*code = fail(EXIT_UNSUPPORTED, "this kernel's gntdev cannot do it; boot a kernel with the "
		     "xen-dmabuf patches");
	xengnttab_close(xgt);
	return NULL;
}

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

/* Without SA_RESTART, for the waits. */
static void catch_signal(int number)
{
	struct sigaction action = { .sa_handler = on_signal }, old;

	if (!sigaction(number, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(number, &action, NULL);
}

void catch_signals(void)
{
	catch_signal(SIGINT);
	catch_signal(SIGTERM);
	catch_signal(SIGHUP);
	signal(SIGPIPE, SIG_IGN);
}

void forget_signal(void)
{
	interrupted = 0;
}

bool is_interrupted(void)
{
	return interrupted;
}

int64_t deadline_in(int ms)
{
	return ms < 0 ? INT64_MAX : now_ms() + ms;
}

int ms_until(int64_t deadline, int max)
{
	int64_t left = deadline - now_ms();

	if (left <= 0)
		return 0;
	return left < max ? (int)left : max;
}
