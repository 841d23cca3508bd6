// SPDX-License-Identifier: GPL-2.0
/*
 * query: all that is known about a buffer of a process.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "describe.h"
#include "find.h"

struct query {
	struct find find;
	bool json;
};

static const char usage[] =
	"usage: xen-dmabuf query --pid P --id N [OPTIONS]\n\n"
	"Prints all that is known about a buffer of a process.\n\n"
	FIND_USAGE
	"  --json             print a JSON object\n";

enum { OPT_JSON = 256 };

static const struct option options[] = {
	FIND_OPTIONS,
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ 0 },
};

static bool parse_option(void *context, int option)
{
	struct query *query = context;

	if (option == OPT_JSON)
		return query->json = true;
	return find_parse_option(&query->find, option);
}

static int run(int argc, char **argv)
{
	struct query query = { .find = { .fd = -1 } };
	int code = parse_options(argc, argv, "h", options, parse_option, &query);
	struct held_buffer buffer;

	if (code >= 0)
		return code;
	if (optind < argc)
		return fail_extra(argv);
	code = find_check(&query.find) ?: find_buffer(&query.find, &buffer);
	if (code != EXIT_OK)
		return code;
	if (query.json) {
		describe_json(&buffer, stdout);
		putchar('\n');
	} else {
		describe_lines(&buffer, stdout);
	}
	return finish_stdout(EXIT_OK);
}

const struct command query_command = {
	.name = "query", .summary = "print what is known about a buffer of a process",
	.usage = usage, .run = run,
};
