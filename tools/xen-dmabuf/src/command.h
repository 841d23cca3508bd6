/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the subcommands share: their table, messages, exit codes and options.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <xengnttab_dmabuf.h>

/* Exit codes. They are documented in xen-dmabuf.1. */
enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_TIMEOUT = 3,
	EXIT_UNSUPPORTED = 4,
	EXIT_INTERRUPTED = 5,
};

/**
 * struct command - a subcommand
 * @name: its name
 * @summary: one line for the list of subcommands
 * @usage: the text of --help
 * @run: does it; argv[0] is the name. Returns an exit code
 */
struct command {
	const char *name;
	const char *summary;
	const char *usage;
	int (*run)(int argc, char **argv);
};

extern const struct command share_command;
extern const struct command receive_command;
extern const struct command snapshot_command;
extern const struct command watch_command;
extern const struct command list_command;
extern const struct command query_command;
extern const struct command wait_command;
extern const struct command peer_command;
extern const struct command bench_command;

/* Prints one sentence to stderr, and returns @code. */
int fail(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same for errors in the arguments, with a hint at --help. Returns EXIT_USAGE. */
int fail_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same, for the argument that getopt_long() has come to. */
int fail_extra(char **argv);

/* For an errno of looking at a process, 0: at all of them. Returns EXIT_FAILED. */
int fail_process(pid_t pid);

/*
 * Copies a text of another domain or user, cut to fit, for a terminal: bytes that are not printable
 * ASCII become '?'.
 */
void copy_printable(char *to, size_t size, const char *from);

/*
 * Shows on a terminal how far long work is, in a line of stderr that the next call replaces and
 * progress_end() or a message clears. It prints nothing if stderr is not a terminal.
 */
void progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void progress_end(void);

/* Prints a text as a string of JSON, with its quotes. */
void print_json_text(FILE *file, const char *text);

/*
 * For a command that prints results: returns @code, or EXIT_FAILED after a message if it is EXIT_OK
 * and not all of them could be written.
 */
int finish_stdout(int code);

/*
 * Goes through the options with getopt_long(). @parse takes each but -h (--help), with its value in
 * optarg, and returns false if the value is not valid. Returns -1 to go on with the arguments from
 * optind, or an exit code after a message or the help.
 */
int parse_options(int argc, char **argv, const char *letters, const struct option *options,
		  bool (*parse)(void *context, int option), void *context);

/* Parse an argument. They return false if it is not such a number, and print nothing. */
bool parse_number(const char *text, uint64_t max, uint64_t *number);
bool parse_domid(const char *text, uint32_t *domid);
bool parse_pid(const char *text, pid_t *pid);
/* With K, M or G for the binary multiples. */
bool parse_size(const char *text, uint64_t *size);
/* Seconds, also with a fraction, to milliseconds. */
bool parse_seconds(const char *text, int *ms);

/*
 * Opens gntdev and checks that the kernel has these XENGNTTAB_DMABUF_CAP_*, or the older ioctls in
 * place of them. Returns NULL after a message, with the exit code in @code.
 */
xengnttab_handle *open_gntdev(uint32_t caps, uint32_t old_caps, int *code);

/*
 * SIGINT, SIGTERM and SIGHUP set a flag, and end the waiting system calls with EINTR. What the
 * caller of the command ignores, as nohup(1) does, stays ignored.
 */
void catch_signals(void);
bool is_interrupted(void);
/* Forgets the signal, so that a second one is noticed. */
void forget_signal(void);

/* In milliseconds of CLOCK_MONOTONIC. A limit of -1 ms gives a deadline that never comes. */
int64_t deadline_in(int ms);
/* What is left until a deadline, at most @max. */
int ms_until(int64_t deadline, int max);

#endif /* COMMAND_H */
