/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all parts of the display backend use.
 */
#ifndef DISPLD_H
#define DISPLD_H

#include <stdbool.h>
#include <stdint.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#define PAGE		4096U
/* One more output costs nothing, but a frame buffer is shown by one of them. */
#define MAX_OUTPUTS	8

struct output;

/**
 * struct server - the process
 * @store: xenstore
 * @events: all event channels
 * @grants: all rings, directories and buffers
 * @domid: the domain that the backend runs in
 * @copy: copy pictures instead of sharing them
 * @max_bytes: how much display memory each guest can have
 * @destroy_ns: how long a DBUF_DESTROY may wait for the release of the buffer
 *
 * The handles are opened before the process drops its privileges.
 */
struct server {
	struct xs_handle *store;
	xenevtchn_handle *events;
	xengnttab_handle *grants;
	uint32_t domid;
	bool copy;
	uint64_t max_bytes;
	uint64_t destroy_ns;
	struct output *outputs[MAX_OUTPUTS];
	unsigned int nr_outputs;
};

extern struct server server;

void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* xenstore. The path is formatted. */
char *store_read(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* @otherwise if there is no such node, or if it is no number. */
uint32_t store_number(uint32_t otherwise, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The domain that owns the node; @otherwise if there is none. */
uint32_t store_owner(uint32_t otherwise, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Writes a node of the directory if the directory has the node @beside. */
void store_write_beside(const char *value, const char *directory, const char *node,
			const char *beside);
/* False with errno set. */
bool store_write(const char *value, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif /* DISPLD_H */
