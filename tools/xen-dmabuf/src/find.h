/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options --pid, --fd and --id, and the buffer that they name.
 */
#ifndef FIND_H
#define FIND_H

#include "holders.h"

/**
 * struct find - which buffer
 * @pid: the process; 0: not given
 * @fd: its descriptor of gntdev; -1: not given
 * @id: the id; 0: not given
 */
struct find {
	pid_t pid;
	int fd;
	uint64_t id;
};

/* Values of getopt_long() for these options. */
enum { OPT_FIND_PID = 512, OPT_FIND_FD, OPT_FIND_ID };

#define FIND_OPTIONS \
	{ "pid", required_argument, NULL, OPT_FIND_PID }, \
	{ "fd", required_argument, NULL, OPT_FIND_FD }, \
	{ "id", required_argument, NULL, OPT_FIND_ID }

#define FIND_USAGE \
	"  --pid P            the process\n" \
	"  --id N             the id of the buffer\n" \
	"  --fd F             its descriptor of gntdev, if it has several with such an id\n"

/* One of the options above, with its value in optarg. */
bool find_parse_option(struct find *find, int option);

/* Are --pid and --id there? Returns EXIT_OK, or EXIT_USAGE after a message. */
int find_check(const struct find *find);

/*
 * Returns EXIT_OK, or the exit code after a message. A released buffer has the kind "none" and the
 * state "released".
 */
int find_buffer(const struct find *find, struct held_buffer *buffer);

#endif /* FIND_H */
