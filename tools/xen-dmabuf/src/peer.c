// SPDX-License-Identifier: GPL-2.0
/*
 * peer: grants and maps single pages, to try out a frontend or a backend.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "peer.h"

static const char usage[] =
	"usage: xen-dmabuf peer grant --domain N [--pages K] [--writable] [--name NAME]\n"
	"       xen-dmabuf peer map --domain N [--readonly] [--name NAME [--timeout SECONDS]]\n"
	"                           [REF...]\n\n"
	"Grants or maps single pages of 4 KiB, to try out a frontend or a backend. Commands come\n"
	"from standard input, a line each, and get a line each: 'ok ...' or 'error ...'.\n\n"
	"grant allocates pages, grants domain N access, and prints 'refs' and the references.\n"
	"  --pages K          so many pages (default: 1; at most 256)\n"
	"  --writable         domain N may also write\n"
	"  --name NAME        put the references into xenstore for 'peer map --name'\n"
	"  read OFFSET LEN    bytes as hexadecimal digits; the offset counts through all pages\n"
	"  write OFFSET HEX   such bytes\n"
	"  list               the references\n"
	"  quit               end the grants; also an empty line, the end of input, or a signal\n\n"
	"map maps pages that domain N has granted this one, those of the arguments first.\n"
	"  --readonly         for reading only\n"
	"  --name NAME        also map the references of 'peer grant --name'\n"
	"  --timeout SECONDS  wait so long for that name (default: 10)\n"
	"  map REF, unmap REF, read REF OFFSET LEN, write REF OFFSET HEX\n"
	"  list               the references that are mapped\n"
	"  quit               unmap all; also the end of input, or a signal\n";

bool peer_ok(void)
{
	puts("ok");
	fflush(stdout);
	return true;
}

bool peer_error(const char *fmt, ...)
{
	va_list args;

	fputs("error ", stdout);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	return false;
}

/* Returns their number, up to one more than there is room for in @words. */
static unsigned int split(char *line, char *words[PEER_WORDS])
{
	char *rest, *word = strtok_r(line, " \t\r\n", &rest);
	unsigned int count = 0;

	for (; word && count <= PEER_WORDS; word = strtok_r(NULL, " \t\r\n", &rest)) {
		if (count < PEER_WORDS)
			words[count] = word;
		count++;
	}
	return count;
}

static bool run_command(const struct peer_command *commands, char *words[PEER_WORDS],
			unsigned int count, void *context)
{
	const struct peer_command *command;
	char shown[32];

	for (command = commands; command->name; command++) {
		if (strcmp(command->name, words[0]))
			continue;
		if (count - 1 != command->count)
			return peer_error("usage: %s%s%s", command->name,
					  command->count ? " " : "", command->arguments);
		return command->run(context, words + 1);
	}
	copy_printable(shown, sizeof(shown), words[0]);
	return peer_error("there is no command '%s'; see 'xen-dmabuf peer --help'", shown);
}

int peer_loop(const struct peer_command *commands, bool empty_quits, void *context)
{
	char *line = NULL, *words[PEER_WORDS];
	int code = EXIT_OK;
	size_t room = 0;

	while (getline(&line, &room, stdin) > 0) {
		unsigned int count = split(line, words);

		if (!count && !empty_quits)
			continue;
		if (!count || (count == 1 && !strcmp(words[0], "quit")))
			break;
		if (!run_command(commands, words, count, context))
			code = EXIT_FAILED;
	}
	free(line);
	return is_interrupted() ? EXIT_INTERRUPTED : code;
}

/* Answers if it returns false. */
static bool check_range(size_t size, const char *text, uint64_t length, uint64_t *offset)
{
	if (!parse_number(text, size - 1, offset))
		return peer_error("the offset must be a number below %zu", size);
	if (!length || length > size - *offset)
		return peer_error("the length must be 1 to %zu", size - (size_t)*offset);
	return true;
}

bool peer_read(const uint8_t *memory, size_t size, const char *offset, const char *length)
{
	uint64_t from, count = 0;
	size_t i;

	if (!parse_number(length, size, &count))
		count = 0;
	if (!check_range(size, offset, count, &from))
		return false;
	fputs("ok ", stdout);
	for (i = 0; i < count; i++)
		printf("%02x", memory[from + i]);
	putchar('\n');
	fflush(stdout);
	return true;
}

static int digit(char character)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = character ? strchr(digits, character) : NULL;

	return at ? (int)((at - digits) % 16) : -1;
}

bool peer_write(uint8_t *memory, size_t size, const char *offset, const char *hex)
{
	size_t length = strlen(hex) / 2, i;
	uint64_t to;

	for (i = 0; hex[i]; i++)
		if (digit(hex[i]) < 0)
			break;
	if (hex[i] || i % 2)
		return peer_error("the bytes must be pairs of hexadecimal digits");
	if (!check_range(size, offset, length, &to))
		return false;
	for (i = 0; i < length; i++)
		memory[to + i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	return peer_ok();
}

static int run(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "grant"))
		return finish_stdout(peer_grant(argc - 1, argv + 1));
	if (argc > 1 && !strcmp(argv[1], "map"))
		return finish_stdout(peer_map(argc - 1, argv + 1));
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return EXIT_OK;
	}
	return fail_usage("say what to do: 'peer grant' or 'peer map'");
}

const struct command peer_command = {
	.name = "peer", .summary = "grant or map single pages", .usage = usage, .run = run,
};
