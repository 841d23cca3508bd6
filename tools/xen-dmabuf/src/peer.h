/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command loop of peer: a line of stdin is a command, and gets an answer of one line.
 */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEER_PAGE	4096U
#define PEER_WORDS	4

/* Both print the answer, "ok" or "error ...", and flush it. The result is true, or false. */
bool peer_ok(void);
bool peer_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * struct peer_command - a command of the loop
 * @name: its first word
 * @arguments: what follows, for messages
 * @count: the number of words that follow
 * @run: does it and answers. Returns false if it failed
 */
struct peer_command {
	const char *name, *arguments;
	unsigned int count;
	bool (*run)(void *context, char **words);
};

/*
 * Takes commands from stdin until 'quit' or the end. Returns EXIT_OK, EXIT_FAILED if one of them
 * failed, or EXIT_INTERRUPTED. An empty line is 'quit' if @empty_quits, else nothing.
 */
int peer_loop(const struct peer_command *commands, bool empty_quits, void *context);

/* A command 'read OFFSET LEN' and 'write OFFSET HEX' of this memory. They answer. */
bool peer_read(const uint8_t *memory, size_t size, const char *offset, const char *length);
bool peer_write(uint8_t *memory, size_t size, const char *offset, const char *hex);

/* The two halves of the subcommand. They return an exit code. */
int peer_grant(int argc, char **argv);
int peer_map(int argc, char **argv);

#endif /* PEER_H */
