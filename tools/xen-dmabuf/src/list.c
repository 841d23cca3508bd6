// SPDX-License-Identifier: GPL-2.0
/*
 * list: which processes have which buffers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "describe.h"
#include "holders.h"

#define PAGE	4096

struct list {
	bool all, json;
	pid_t pid;
	unsigned int count;
};

static const char usage[] =
	"usage: xen-dmabuf list [OPTIONS]\n\n"
	"Lists the buffers of the gntdev files of all processes that the caller may look at, for\n"
	"root: of all processes.\n\n"
	"  -a, --all   also the processes that have descriptors or mappings of the dma-buf of an\n"
	"              export\n"
	"  --pid P     this process only\n"
	"  --json      print an array of JSON objects\n\n"
	"MAPS and DEVICES are the mappings and attached devices of an export, PEER the references\n"
	"of an import that the peer maps, '-' what does not apply or the caller may not know.\n"
	"Kind 'user' is a process that has FD descriptors and MAPS mappings of a dma-buf.\n";

enum { OPT_JSON = 256, OPT_PID };

static const struct option options[] = {
	{ "all", no_argument, NULL, 'a' },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "pid", required_argument, NULL, OPT_PID },
	{ 0 },
};

static bool parse_option(void *context, int option)
{
	struct list *list = context;

	switch (option) {
	case 'a':
		return list->all = true;
	case OPT_PID:
		return parse_pid(optarg, &list->pid);
	default:
		return list->json = true;
	}
}

static void print_count(bool known, uint32_t number)
{
	if (known)
		printf(" %7u", number);
	else
		printf(" %7s", "-");
}

static void print_header(const struct list *list)
{
	if (!list->json && !list->count)
		printf("%7s %-15s %4s %-6s %6s %6s %8s %-9s %7s %7s %7s %s\n", "PID", "COMMAND",
		       "FD", "KIND", "DOMAIN", "ID", "PAGES", "STATE", "MAPS", "DEVICES", "PEER",
		       "NAME");
}

static void print_buffer(void *context, const struct held_buffer *buffer)
{
	bool import = !strcmp(buffer->kind, "import"), known = buffer->has_query;
	struct list *list = context;
	char name[DESCRIBE_SIZE];

	print_header(list);
	if (list->json) {
		fputs(list->count++ ? ",\n " : "", stdout);
		describe_json(buffer, stdout);
		return;
	}
	list->count++;
	describe_name(buffer, name);
	printf("%7d %-15s %4d %-6s %6u %6" PRIu64 " %8u %-9s", (int)buffer->pid, buffer->command,
	       buffer->fd, buffer->kind, buffer->domid, buffer->id, buffer->pages, buffer->state);
	print_count(known && !import, buffer->query.user_mappings);
	print_count(known && !import, buffer->query.attachments);
	print_count(known && import, buffer->query.mapped);
	printf(" %s\n", name);
}

static void print_user(void *context, const struct dmabuf_user *user)
{
	struct list *list = context;

	print_header(list);
	if (list->json) {
		printf("%s{\"pid\": %d, \"command\": ", list->count++ ? ",\n " : "",
		       (int)user->pid);
		print_json_text(stdout, user->command);
		printf(", \"kind\": \"user\", \"inode\": %" PRIu64 ", \"pages\": %" PRIu64
		       ", \"descriptors\": %u, \"user_mappings\": %u, \"name\": ", user->inode,
		       user->size / PAGE, user->descriptors, user->mappings);
		print_json_text(stdout, user->name);
		putchar('}');
		return;
	}
	list->count++;
	printf("%7d %-15s %4u %-6s %6s %6s ", (int)user->pid, user->command, user->descriptors,
	       "user", "-", "-");
	if (user->size)
		printf("%8" PRIu64, user->size / PAGE);
	else
		printf("%8s", "-");
	printf(" %-9s %7u %7s %7s %s\n", "-", user->mappings, "-", "-", user->name);
}

static int run(int argc, char **argv)
{
	struct list list = { 0 };
	struct holders_ops ops = { .buffer = print_buffer };
	int code = parse_options(argc, argv, "ah", options, parse_option, &list), refused;

	if (code >= 0)
		return code;
	if (optind < argc)
		return fail_extra(argv);
	if (list.all)
		ops.user = print_user;
	if (list.json)
		putchar('[');
	refused = holders_scan(list.pid, &ops, &list);
	if (list.json)
		puts("]");
	if (refused < 0)
		return fail_process(list.pid);
	if (refused)
		fail(EXIT_OK, "%d processes of other users are left out; root sees them", refused);
	return finish_stdout(EXIT_OK);
}

const struct command list_command = {
	.name = "list", .summary = "list the buffers of all processes", .usage = usage, .run = run,
};
