// SPDX-License-Identifier: GPL-2.0
/*
 * xen-dmabuf: shares dma-bufs between Xen domains, from the shell.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"

static const struct command *const commands[] = {
	&share_command, &receive_command, &snapshot_command, &watch_command,
	&list_command, &query_command, &wait_command, &peer_command,
	&bench_command,
};

#define COMMAND_COUNT	(sizeof(commands) / sizeof(commands[0]))

/* The subcommand that runs, for messages. */
static const struct command *current;

const char *current_name(void);
const char *current_usage(void);

const char *current_name(void)
{
	return current ? current->name : NULL;
}

const char *current_usage(void)
{
	return current->usage;
}

static void print_help(FILE *file)
{
	unsigned int i;

	fprintf(file, "usage: xen-dmabuf SUBCOMMAND [OPTIONS]\n\n"
		"Shares dma-bufs between Xen domains without a copy.\n\n");
	for (i = 0; i < COMMAND_COUNT; i++)
		fprintf(file, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n'xen-dmabuf SUBCOMMAND --help' has the options; xen-dmabuf(1) has the rest.\n",
	      file);
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help(stdout);
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("xen-dmabuf " VERSION "\n");
		return EXIT_OK;
	}
	for (i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(argv[1], commands[i]->name))
			continue;
		current = commands[i];
		return current->run(argc - 1, argv + 1);
	}
	return fail_usage("there is no subcommand '%s'", argv[1]);
}
