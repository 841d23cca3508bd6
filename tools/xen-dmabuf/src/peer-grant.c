// SPDX-License-Identifier: GPL-2.0
/*
 * peer grant: pages of this domain, by gntalloc.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "names.h"
#include "peer.h"

struct grant {
	uint32_t domid, pages;
	bool has_domid, writable;
	const char *name;
	uint32_t refs[NAMES_REFS];
	uint8_t *memory;
};

static const struct option options[] = {
	{ "domain", required_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ "name", required_argument, NULL, 'n' },
	{ "pages", required_argument, NULL, 'p' },
	{ "writable", no_argument, NULL, 'w' },
	{ 0 },
};

static bool parse_option(void *context, int option)
{
	struct grant *grant = context;
	uint64_t number;

	switch (option) {
	case 'd':
		return grant->has_domid = parse_domid(optarg, &grant->domid);
	case 'n':
		grant->name = optarg;
		return !names_check(optarg);
	case 'p':
		if (!parse_number(optarg, NAMES_REFS, &number) || !number)
			return false;
		grant->pages = (uint32_t)number;
		return true;
	default:
		return grant->writable = true;
	}
}

static void print_refs(const struct grant *grant, const char *word)
{
	uint32_t i;

	fputs(word, stdout);
	for (i = 0; i < grant->pages; i++)
		printf(" %u", grant->refs[i]);
	putchar('\n');
	fflush(stdout);
}

static bool do_read(void *context, char **words)
{
	const struct grant *grant = context;

	return peer_read(grant->memory, grant->pages * PEER_PAGE, words[0], words[1]);
}

static bool do_write(void *context, char **words)
{
	struct grant *grant = context;

	return peer_write(grant->memory, grant->pages * PEER_PAGE, words[0], words[1]);
}

static bool do_list(void *context, char **words)
{
	(void)words;
	print_refs(context, "ok");
	return true;
}

static const struct peer_command commands[] = {
	{ "read", "OFFSET LEN", 2, do_read },
	{ "write", "OFFSET HEX", 2, do_write },
	{ "list", "", 0, do_list },
	{ 0 },
};

static int serve(struct grant *grant)
{
	struct names names = { 0 };
	int code = EXIT_FAILED;

	if (grant->name && (names_open(&names) ||
			    names_claim(&names, grant->domid, grant->name, grant->refs,
					grant->pages)))
		goto out_close;
	print_refs(grant, "refs");
	code = peer_loop(commands, true, grant);

out_close:
	names_close(&names);
	return code;
}

int peer_grant(int argc, char **argv)
{
	struct grant grant = { .pages = 1 };
	xengntshr_handle *xgs;
	int code = parse_options(argc, argv, "d:n:p:wh", options, parse_option, &grant);

	if (code >= 0)
		return code;
	if (optind < argc)
		return fail_extra(argv);
	if (!grant.has_domid)
		return fail_usage("say which domain gets access: --domain N");
	catch_signals();
	xgs = xengntshr_open(NULL, 0);
	if (!xgs)
		return fail(EXIT_FAILED, "cannot open /dev/xen/gntalloc (%s); run it as root in a "
			    "Xen domain, with the module xen-gntalloc loaded", strerror(errno));
	grant.memory = xengntshr_share_pages(xgs, grant.domid, (int)grant.pages, grant.refs,
					     grant.writable);
	if (grant.memory) {
		code = serve(&grant);
		/* The kernel keeps a page that is still mapped until it is not. */
		xengntshr_unshare(xgs, grant.memory, grant.pages);
	} else {
		code = fail(EXIT_FAILED, "cannot grant %u pages (%s); raise /sys/module/"
			    "xen_gntalloc/parameters/limit, or wait until peers unmap pages",
			    grant.pages, strerror(errno));
	}
	xengntshr_close(xgs);
	return code;
}
