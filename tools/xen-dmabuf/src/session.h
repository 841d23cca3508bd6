/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A buffer that another domain shares, from finding it to releasing it. For receive, snapshot and
 * watch.
 */
#ifndef SESSION_H
#define SESSION_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include <xengnttab_dmabuf_stream.h>

#include "channel.h"

/**
 * struct source - which buffer to receive
 * @domid, @has_domid: the domain that shares it
 * @name: the name by which it does
 * @timeout_ms: how long to wait for the domain, and for the release
 * @max_pages: refuse a larger buffer
 */
struct source {
	uint32_t domid, max_pages;
	bool has_domid;
	const char *name;
	int timeout_ms;
};

#define SOURCE_DEFAULTS	{ .name = "buffer", .timeout_ms = 10000, .max_pages = 65536 }

/* For getopt_long(). The letters are those of SOURCE_LETTERS. */
enum { OPT_SOURCE_PAGES = 512 };

#define SOURCE_LETTERS	"d:t:"
#define SOURCE_OPTIONS \
	{ "domain", required_argument, NULL, 'd' }, \
	{ "timeout", required_argument, NULL, 't' }, \
	{ "max-pages", required_argument, NULL, OPT_SOURCE_PAGES }

#define SOURCE_USAGE \
	"  --timeout SECONDS  how long to wait for the domain, and for the release (default: 10)\n"\
	"  --max-pages N      refuse a larger buffer (default: 65536 pages of 4 KiB)\n"

/* One of these options, with its value in optarg. */
bool source_parse_option(struct source *source, int option);

/* Takes the name from the arguments after the options, and checks all. EXIT_OK or EXIT_USAGE. */
int source_parse_name(struct source *source, int argc, char **argv);

/**
 * struct session - a received buffer
 * @source: where it came from
 * @event: the buffer's descriptor, handle and content
 */
struct session {
	const struct source *source;
	xengnttab_handle *xgt;
	struct channel *channel;
	xengnttab_dmabuf_stream *stream;
	struct xengnttab_dmabuf_event event;
};

/* Waits for the buffer. Returns EXIT_OK, or the exit code after a message; then it is closed. */
int session_open(struct session *session, const struct source *source);

/*
 * Looks at messages for at most @ms. Returns true if the sharer wants the buffer released, or has
 * gone.
 */
bool session_is_over(struct session *session, int ms);

/* Releases the buffer. Mappings must be gone. Returns @code, or if it is EXIT_OK, how that went. */
int session_close(struct session *session, int code);

#endif /* SESSION_H */
