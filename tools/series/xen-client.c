// SPDX-License-Identifier: GPL-2.0
/*
 * A program for the checks of the series for Xen: it calls libxengnttab's functions for dma-bufs as
 * far as that is possible without Xen. With UNSUPPORTED it expects those of a system without
 * dma-bufs.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <xengnttab_dmabuf.h>
#include <xengnttab_dmabuf_cache.h>
#include <xengnttab_dmabuf_stream.h>

#define EXPECT(condition) expect(condition, #condition, __LINE__)

static int failures;

static void expect(int condition, const char *what, int line)
{
	if (condition)
		return;
	printf("line %d: not so: %s (errno: %s)\n", line, what, strerror(errno));
	failures++;
}

#ifdef UNSUPPORTED

static void check_calls(void)
{
	uint32_t caps = 1, ref = 1;
	int fd = 0;

	EXPECT(!xengnttab_dmabuf_capabilities(NULL, &caps) && !caps);
	EXPECT(!xengnttab_dmabuf_export(NULL, 1, 0, 1, &ref, NULL, &fd) && errno == EOPNOTSUPP);
	EXPECT(fd == -1);
	errno = 0;
	EXPECT(!xengnttab_dmabuf_import(NULL, 1, 0, 0, 0, 0) && errno == EOPNOTSUPP);
	errno = 0;
	EXPECT(!xengnttab_dmabuf_cache_open(NULL, 1, 0) && errno == EOPNOTSUPP);
	errno = 0;
	EXPECT(!xengnttab_dmabuf_stream_open(NULL, 1, NULL, 0) && errno == EOPNOTSUPP);
	xengnttab_dmabuf_free(NULL);
	xengnttab_dmabuf_cache_close(NULL);
	xengnttab_dmabuf_stream_close(NULL);
}

#else

/* What needs no gntdev: arguments that are refused before, and buffers of an empty cache. */
static void check_buffers(void)
{
	struct xengnttab_dmabuf_run run = { 0, 0 };
	xengnttab_dmabuf_cache *cache;
	uint32_t ref = 1;
	int fd = 0;

	EXPECT(!xengnttab_dmabuf_export(NULL, 1, 0, 0, &ref, NULL, &fd) && errno == EINVAL);
	EXPECT(fd == -1);
	errno = 0;
	EXPECT(!xengnttab_dmabuf_export_runs(NULL, 1, 0, 1, &run, NULL, &fd) && errno == EINVAL);
	xengnttab_dmabuf_free(NULL);

	cache = xengnttab_dmabuf_cache_open(NULL, 1000, 5);
	EXPECT(cache && !xengnttab_dmabuf_cache_pages(cache));
	EXPECT(xengnttab_dmabuf_cache_expire(cache) == -1);
	xengnttab_dmabuf_cache_flush_all(cache);
	xengnttab_dmabuf_cache_close(cache);
}

/* References go from one end to the other. The receiver accepts no buffers. */
static void check_stream(void)
{
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };
	xengnttab_dmabuf_stream *sender, *receiver;
	uint32_t refs[] = { 10, 11 };
	uint64_t number = 0;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) {
		perror("socketpair");
		exit(1);
	}
	sender = xengnttab_dmabuf_stream_open(NULL, 1, NULL, ends[0]);
	receiver = xengnttab_dmabuf_stream_open(NULL, 0, NULL, ends[1]);
	EXPECT(sender && receiver);
	EXPECT(!xengnttab_dmabuf_stream_send_refs(sender, 2, refs, 0, NULL, &number));
	EXPECT(number == 1);
	EXPECT(xengnttab_dmabuf_stream_receive(receiver, &event) == -1 && errno == EMSGSIZE);
	xengnttab_dmabuf_event_clear(&event);
	xengnttab_dmabuf_stream_close(sender);
	xengnttab_dmabuf_stream_close(receiver);
	close(ends[0]);
	close(ends[1]);
}

static void check_calls(void)
{
	check_buffers();
	check_stream();
}

#endif

int main(void)
{
	check_calls();
	return failures ? 1 : 0;
}
