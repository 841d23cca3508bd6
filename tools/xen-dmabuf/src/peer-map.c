// SPDX-License-Identifier: GPL-2.0
/*
 * peer map: pages of another domain, by gntdev.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "command.h"
#include "names.h"
#include "peer.h"

#define DEFAULT_MS	10000
#define LOOK_MS		200

struct page {
	uint32_t ref;
	uint8_t *memory;
};

struct map {
	uint32_t domid;
	bool has_domid, readonly;
	const char *name;
	int timeout_ms;
	xengnttab_handle *xgt;
	struct page *pages;
	size_t count;
};

static const struct option options[] = {
	{ "domain", required_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ "name", required_argument, NULL, 'n' },
	{ "readonly", no_argument, NULL, 'r' },
	{ "timeout", required_argument, NULL, 't' },
	{ 0 },
};

static bool parse_option(void *context, int option)
{
	struct map *map = context;

	switch (option) {
	case 'd':
		return map->has_domid = parse_domid(optarg, &map->domid);
	case 'n':
		map->name = optarg;
		return !names_check(optarg);
	case 't':
		return parse_seconds(optarg, &map->timeout_ms);
	default:
		return map->readonly = true;
	}
}

static struct page *find_page(const struct map *map, uint32_t ref)
{
	size_t i;

	for (i = 0; i < map->count; i++)
		if (map->pages[i].ref == ref)
			return &map->pages[i];
	return NULL;
}

/* Answers if the result is NULL. */
static struct page *named_page(const struct map *map, const char *text)
{
	struct page *page = NULL;
	uint64_t ref;

	if (!parse_number(text, UINT32_MAX, &ref))
		peer_error("a reference must be a number below 2^32");
	else if (!(page = find_page(map, (uint32_t)ref)))
		peer_error("reference %u is not mapped; use 'map %u'", (uint32_t)ref,
			   (uint32_t)ref);
	return page;
}

static bool map_ref(struct map *map, uint32_t ref)
{
	struct page *pages;
	void *memory;

	if (find_page(map, ref))
		return peer_error("reference %u is mapped already", ref);
	pages = reallocarray(map->pages, map->count + 1, sizeof(*pages));
	if (!pages)
		return peer_error("out of memory");
	map->pages = pages;
	memory = xengnttab_map_grant_ref(map->xgt, map->domid, ref,
					 map->readonly ? PROT_READ : PROT_READ | PROT_WRITE);
	if (!memory)
		return peer_error("cannot map reference %u of domain %u (%s); check that it is "
				  "granted to this domain, and --readonly", ref, map->domid,
				  strerror(errno));
	pages[map->count++] = (struct page){ .ref = ref, .memory = memory };
	return peer_ok();
}

static bool do_map(void *context, char **words)
{
	uint64_t ref;

	if (!parse_number(words[0], UINT32_MAX, &ref))
		return peer_error("a reference must be a number below 2^32");
	return map_ref(context, (uint32_t)ref);
}

static bool do_unmap(void *context, char **words)
{
	struct map *map = context;
	struct page *page = named_page(map, words[0]);

	if (!page)
		return false;
	if (xengnttab_unmap(map->xgt, page->memory, 1))
		return peer_error("cannot unmap reference %u (%s)", page->ref, strerror(errno));
	map->count--;
	memmove(page, page + 1, (size_t)(map->pages + map->count - page) * sizeof(*page));
	return peer_ok();
}

static bool do_read(void *context, char **words)
{
	const struct page *page = named_page(context, words[0]);

	return page && peer_read(page->memory, PEER_PAGE, words[1], words[2]);
}

static bool do_write(void *context, char **words)
{
	const struct map *map = context;
	const struct page *page = named_page(map, words[0]);

	if (!page)
		return false;
	if (map->readonly)
		return peer_error("the pages are mapped for reading only; leave out --readonly");
	return peer_write(page->memory, PEER_PAGE, words[1], words[2]);
}

static bool do_list(void *context, char **words)
{
	const struct map *map = context;
	size_t i;

	(void)words;
	fputs("ok", stdout);
	for (i = 0; i < map->count; i++)
		printf(" %u", map->pages[i].ref);
	putchar('\n');
	fflush(stdout);
	return true;
}

static const struct peer_command commands[] = {
	{ "map", "REF", 1, do_map },
	{ "unmap", "REF", 1, do_unmap },
	{ "read", "REF OFFSET LEN", 3, do_read },
	{ "write", "REF OFFSET HEX", 3, do_write },
	{ "list", "", 0, do_list },
	{ 0 },
};

/* Returns their number, or -1 after a message, with the exit code in @code. */
static int read_name(const struct map *map, const struct names *names, uint32_t *refs, int *code)
{
	int64_t deadline = deadline_in(map->timeout_ms);
	int count;

	while ((count = names_read_refs(names, map->domid, map->name, refs, NAMES_REFS)) < 0) {
		*code = EXIT_FAILED;
		if (errno == EBADMSG)
			return fail(-1, "what domain %u has written for '%s' is not a list of "
				    "references; restart 'xen-dmabuf peer grant' there", map->domid,
				    map->name);
		*code = is_interrupted() ? EXIT_INTERRUPTED : EXIT_TIMEOUT;
		/* EACCES can pass as well: the node may be one of another process. */
		if (is_interrupted() || !ms_until(deadline, 1))
			return fail(-1, "domain %u grants this one no '%s' (%s); start 'xen-dmabuf "
				    "peer grant --domain %u --name %s' there", map->domid,
				    map->name, strerror(errno), names->own, map->name);
		poll(NULL, 0, ms_until(deadline, LOOK_MS));
	}
	return count;
}

/* False after a message, with the exit code in @code. What cannot be mapped is answered. */
static bool map_name(struct map *map, int *code)
{
	uint32_t refs[NAMES_REFS];
	struct names names;
	int count, i;

	*code = EXIT_FAILED;
	if (names_open(&names))
		return false;
	count = read_name(map, &names, refs, code);
	names_close(&names);
	if (count < 0)
		return false;
	*code = EXIT_OK;
	for (i = 0; i < count; i++)
		if (!map_ref(map, refs[i]))
			*code = EXIT_FAILED;
	return true;
}

static int map_arguments(struct map *map, int argc, char **argv)
{
	int code = EXIT_OK;

	while (optind < argc)
		if (!do_map(map, argv + optind++))
			code = EXIT_FAILED;
	return code;
}

static int serve(struct map *map, int argc, char **argv)
{
	int code = EXIT_OK, end;

	if (map->name && !map_name(map, &code))
		return code;
	code = map_arguments(map, argc, argv) ?: code;
	end = peer_loop(commands, false, map);
	return end ?: code;
}

int peer_map(int argc, char **argv)
{
	struct map map = { .timeout_ms = DEFAULT_MS };
	int code = parse_options(argc, argv, "d:n:rt:h", options, parse_option, &map);
	size_t i;

	if (code >= 0)
		return code;
	if (!map.has_domid)
		return fail_usage("say which domain has granted the pages: --domain N");
	catch_signals();
	map.xgt = xengnttab_open(NULL, 0);
	if (!map.xgt)
		return fail(EXIT_FAILED, "cannot open /dev/xen/gntdev (%s); run it as root in a "
			    "Xen domain, with the module xen-gntdev loaded", strerror(errno));
	code = serve(&map, argc, argv);
	for (i = 0; i < map.count; i++)
		xengnttab_unmap(map.xgt, map.pages[i].memory, 1);
	free(map.pages);
	xengnttab_close(map.xgt);
	return code;
}
