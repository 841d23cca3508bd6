// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "names.h"

/* Ten digits and a blank for each. */
#define REFS_TEXT	(NAMES_REFS * 11 + 1)

int names_check(const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("-_", name[i]))
			break;
	if (i && !name[i] && i <= NAMES_MAX)
		return 0;
	errno = EINVAL;
	return -1;
}

static void make_path(char path[NAMES_PATH], uint32_t owner, uint32_t peer, const char *name)
{
	snprintf(path, NAMES_PATH, "/local/domain/%u/data/xen-dmabuf/%u/%s", owner, peer, name);
}

/* Prints a message if it returns false. */
static bool own_domid(struct xs_handle *xs, uint32_t *domid)
{
	char *text = xs_read(xs, XBT_NULL, "domid", NULL);
	bool good = text && parse_domid(text, domid);

	free(text);
	if (!good)
		fail(EXIT_FAILED, "xenstore does not tell this domain's id; start xen-init-dom0 if "
		     "this is Dom0");
	return good;
}

int names_open(struct names *names)
{
	*names = (struct names){ .xs = xs_open(0) };
	if (!names->xs)
		return fail(-1, "cannot reach xenstore (%s); run it as root in a Xen domain, where "
			    "/dev/xen/xenbus or the socket of xenstored is", strerror(errno));
	if (own_domid(names->xs, &names->own))
		return 0;
	names_close(names);
	return -1;
}

void names_close(struct names *names)
{
	if (!names->xs)
		return;
	names_withdraw(names);
	xs_close(names->xs);
	names->xs = NULL;
}

/* The process that has claimed a name: its id and when it began, since ids are used again. */
static void process_name(long pid, char name[64])
{
	unsigned long long start = 0;
	char path[32], text[1024];
	const char *end;
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	file = fopen(path, "re");
	if (file) {
		length = fread(text, 1, sizeof(text) - 1, file);
		text[length] = '\0';
		/* The name of the program can have blanks and brackets. */
		end = strrchr(text, ')');
		if (end)
			sscanf(end, ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			       "%*s %*s %*s %*s %llu", &start);
		fclose(file);
	}
	snprintf(name, 64, "%ld %llu", pid, start);
}

/* Has a process that lives claimed this? */
static bool is_claimed(struct xs_handle *xs, xs_transaction_t transaction, const char *path)
{
	char node[NAMES_PATH + 16], name[64], *owner;
	bool lives;

	snprintf(node, sizeof(node), "%s/owner", path);
	owner = xs_read(xs, transaction, node, NULL);
	if (!owner)
		return false;
	process_name(strtol(owner, NULL, 10), name);
	lives = !strcmp(owner, name);
	free(owner);
	return lives;
}

/* Returns 0 or an errno. */
static int write_owner(struct xs_handle *xs, xs_transaction_t transaction, const char *path)
{
	char node[NAMES_PATH + 16], name[64];

	if (is_claimed(xs, transaction, path))
		return EEXIST;
	process_name(getpid(), name);
	snprintf(node, sizeof(node), "%s/owner", path);
	xs_rm(xs, transaction, path);
	return xs_write(xs, transaction, node, name, (unsigned int)strlen(name)) ? 0 : errno;
}

/* Only the peer can read them. Returns 0 or an errno. */
static int write_refs(const struct names *names, xs_transaction_t transaction, const char *path,
		      uint32_t peer, const char *refs)
{
	struct xs_permissions permissions[] = {
		{ .id = names->own, .perms = XS_PERM_NONE },
		{ .id = peer, .perms = XS_PERM_READ },
	};
	char node[NAMES_PATH + 16];

	if (!*refs)
		return 0;
	snprintf(node, sizeof(node), "%s/refs", path);
	if (xs_write(names->xs, transaction, node, refs, (unsigned int)strlen(refs)) &&
	    xs_set_permissions(names->xs, transaction, node, permissions, 2))
		return 0;
	return errno;
}

/*
 * In a transaction, so that one of two processes gets the name: xenstored refuses to end a
 * transaction (EAGAIN) that has read a node, or seen it missing, if another one has written that
 * node meanwhile. The second process then tries again, and finds the first one's claim.
 */
static int claim(const struct names *names, const char *path, uint32_t peer, const char *refs)
{
	xs_transaction_t transaction;
	int error;

	do {
		transaction = xs_transaction_start(names->xs);
		if (transaction == XBT_NULL)
			return -1;
		error = write_owner(names->xs, transaction, path);
		if (!error)
			error = write_refs(names, transaction, path, peer, refs);
		if (!xs_transaction_end(names->xs, transaction, error) && !error)
			error = errno;
	} while (error == EAGAIN);
	errno = error;
	return error ? -1 : 0;
}

int names_claim(struct names *names, uint32_t peer, const char *name, const uint32_t *refs,
		uint32_t count)
{
	char path[NAMES_PATH], text[REFS_TEXT] = "";
	uint32_t i, length = 0;

	if (names->own == peer)
		return fail(-1, "domain %u is this domain; name another one", peer);
	for (i = 0; i < count && i < NAMES_REFS; i++)
		length += (uint32_t)snprintf(text + length, sizeof(text) - length, i ? " %u" : "%u",
					     refs[i]);
	make_path(path, names->own, peer, name);
	if (!claim(names, path, peer, text)) {
		strcpy(names->path, path);
		return 0;
	}
	if (errno == EEXIST)
		return fail(-1, "another process shares '%s' with domain %u; choose another --name",
			    name, peer);
	return fail(-1, "cannot write %s in xenstore (%s); check that this domain may write there",
		    path, strerror(errno));
}

void names_withdraw(struct names *names)
{
	if (names->path[0])
		xs_rm(names->xs, XBT_NULL, names->path);
	names->path[0] = '\0';
}

void names_of_peer(const struct names *names, uint32_t peer, const char *name,
		   char path[NAMES_PATH])
{
	make_path(path, peer, names->own, name);
}

int names_check_writers(const struct names *names, uint32_t peer, const char *path,
			const char *key)
{
	struct xs_permissions *permissions;
	char node[NAMES_PATH + 16];
	unsigned int count, i;
	bool good;

	snprintf(node, sizeof(node), "%s/%s", path, key);
	permissions = xs_get_permissions(names->xs, XBT_NULL, node, &count);
	if (!permissions)
		return -1;
	/* The first one is the owner, which may do anything, with what all others may do. */
	good = count && (permissions[0].id == peer || !permissions[0].id) &&
	       !(permissions[0].perms & XS_PERM_WRITE);
	for (i = 1; good && i < count; i++)
		good = !(permissions[i].perms & XS_PERM_WRITE) || permissions[i].id == peer ||
		       !permissions[i].id;
	free(permissions);
	errno = EACCES;
	return good ? 0 : -1;
}

/* Returns their number, or -1. */
static int parse_refs(char *text, uint32_t *refs, uint32_t max)
{
	char *rest, *word = strtok_r(text, " ", &rest);
	uint64_t number;
	int count = 0;

	for (; word; word = strtok_r(NULL, " ", &rest)) {
		if ((uint32_t)count == max || !parse_number(word, UINT32_MAX, &number))
			return -1;
		refs[count++] = (uint32_t)number;
	}
	return count ? count : -1;
}

int names_read_refs(const struct names *names, uint32_t peer, const char *name, uint32_t *refs,
		    uint32_t max)
{
	char path[NAMES_PATH], node[NAMES_PATH + 16], *text;
	unsigned int length;
	int count;

	make_path(path, peer, names->own, name);
	snprintf(node, sizeof(node), "%s/refs", path);
	if (names_check_writers(names, peer, path, "refs"))
		return -1;
	/* libxenstore puts a 0 at the end. A 0 in the text ends it. */
	text = xs_read(names->xs, XBT_NULL, node, &length);
	if (!text)
		return -1;
	count = parse_refs(text, refs, max);
	free(text);
	errno = EBADMSG;
	return count;
}
