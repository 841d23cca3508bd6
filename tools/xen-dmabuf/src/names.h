/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names in xenstore by which two domains find each other:
 *
 *   /local/domain/<owner>/data/xen-dmabuf/<peer>/<name>/owner    the process
 *                                                      /refs     the references of 'peer grant'
 *                                                      ...       of libxenvchan, see channel.h
 *
 * Only the owner's domain and Dom0 can write there, so the path tells the peer which domain it
 * deals with.
 */
#ifndef NAMES_H
#define NAMES_H

#include <stddef.h>
#include <stdint.h>

#include <xenstore.h>

/* The longest name, without the 0 at its end. */
#define NAMES_MAX	63
#define NAMES_PATH	192
/* The most references of a name. They are text in one node. */
#define NAMES_REFS	256

/**
 * struct names - a connection with xenstore, and the name that this process has claimed
 * @xs: the connection
 * @own: this domain
 * @path: the node of the name; empty if there is none
 */
struct names {
	struct xs_handle *xs;
	uint32_t own;
	char path[NAMES_PATH];
};

/* 0, or -1 with errno EINVAL: letters, digits and -_ only. */
int names_check(const char *name);

/* 0, or -1 after a message. */
int names_open(struct names *names);

/* Withdraws the name. */
void names_close(struct names *names);

/*
 * Claims a name for @peer, with @count references of it, or none. A name that a process has claimed
 * which has ended is taken over. 0, or -1 after a message.
 */
int names_claim(struct names *names, uint32_t peer, const char *name, const uint32_t *refs,
		uint32_t count);

/* Removes the claimed name. Can be called again. */
void names_withdraw(struct names *names);

/* The path under which @peer offers this domain the name. */
void names_of_peer(const struct names *names, uint32_t peer, const char *name,
		   char path[NAMES_PATH]);

/*
 * Can only @peer and Dom0 write this node below such a path? -1 with errno set if not: EACCES
 * another domain can, or this domain may not read it; ENOENT.
 */
int names_check_writers(const struct names *names, uint32_t peer, const char *path,
			const char *key);

/*
 * Reads the references that @peer has granted this domain by that name. Returns their number, or -1
 * with errno set: ENOENT there is no such name; EACCES another domain than the peer and Dom0 can
 * write the node; EBADMSG the node's text is not a list of up to @max numbers.
 */
int names_read_refs(const struct names *names, uint32_t peer, const char *name, uint32_t *refs,
		    uint32_t max);

#endif /* NAMES_H */
