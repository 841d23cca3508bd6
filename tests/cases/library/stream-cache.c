// SPDX-License-Identifier: GPL-2.0
/*
 * A stream with a cache at the receiver: a buffer that is sent a hundred times is mapped once. It
 * is released when the sender withdraws it, also if the receiver still has it at that moment, and
 * the sender is told when it is unmapped.
 */
#include <sys/wait.h>

#include <xengnttab_dmabuf_stream.h>

#include "library.h"
#include "pass-fd.h"
#include "trace.h"

#define PAGES		64
#define BUFFERS		4
#define PAGES_EACH	(PAGES / BUFFERS)
#define ROUNDS		100

static struct client client;
static xengnttab_dmabuf_stream *stream;

static unsigned int mapped(void)
{
	return hv_mapped(client.guest.domid, client.pages.refs, PAGES);
}

static struct xengnttab_dmabuf_event receive(uint32_t type)
{
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };

	CHECK_EQ(CHECK_OK(xengnttab_dmabuf_stream_receive(stream, &event)), 1);
	CHECK_EQ(event.type, type);
	return event;
}

/* All buffers in turn, as a queue of a camera's. */
static void send_rounds(uint64_t *numbers)
{
	unsigned int round, i;

	for (i = 0; i < BUFFERS; i++)
		CHECK_OK(xengnttab_dmabuf_stream_send_refs(stream, PAGES_EACH,
							   client.pages.refs + i * PAGES_EACH, 0,
							   NULL, &numbers[i]));
	for (round = 1; round < ROUNDS; round++)
		for (i = 0; i < BUFFERS; i++) {
			CHECK_EQ(receive(XENGNTTAB_DMABUF_EVENT_DONE).number, numbers[i]);
			CHECK_OK(xengnttab_dmabuf_stream_resend(stream, numbers[i]));
		}
	/* The peer has not answered all of them: the withdrawals cross its messages. */
	for (i = 0; i < BUFFERS; i++)
		CHECK_OK(xengnttab_dmabuf_stream_withdraw(stream, numbers[i]));
}

static int sender(int socket)
{
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };
	uint64_t numbers[BUFFERS];
	unsigned int released = 0;

	client.guest.xgt = xengnttab_open(NULL, 0);
	REQUIRE(client.guest.xgt);
	stream = CHECK_MADE(xengnttab_dmabuf_stream_open(client.guest.xgt, 0, NULL, socket));
	send_rounds(numbers);
	while (released < BUFFERS) {
		CHECK_EQ(CHECK_OK(xengnttab_dmabuf_stream_receive(stream, &event)), 1);
		if (event.type == XENGNTTAB_DMABUF_EVENT_DONE)
			continue;
		CHECK_EQ(event.type, XENGNTTAB_DMABUF_EVENT_RELEASED);
		CHECK_EQ(event.error, 0);
		CHECK_ERRNO(xengnttab_dmabuf_stream_resend(stream, event.number), EINVAL);
		released++;
	}
	CHECK_EQ(mapped(), 0);
	xengnttab_dmabuf_stream_close(stream);
	xengnttab_close(client.guest.xgt);
	return CASE_PASS;
}

/* References that the kernel has mapped. */
static uint64_t mappings_traced(void)
{
	return trace_sum("gntdev_dmabuf_map_refs:", "count");
}

static void take(struct xengnttab_dmabuf_event *event)
{
	void *memory = dmabuf_map(event->fd, PAGES_EACH, PROT_READ);
	uint32_t first = (uint32_t)(event->number - 1) * PAGES_EACH;

	CHECK(memory_is(memory, first, PAGES_EACH, client.pages.seed));
	CHECK_OK(munmap(memory, PAGES_EACH * PAGE_BYTES));
	xengnttab_dmabuf_event_clear(event);
	CHECK_OK(xengnttab_dmabuf_stream_release(stream, event->number, RELEASE_MS));
}

static void receiver(int socket)
{
	const struct xengnttab_dmabuf_limits limits = { sizeof(limits), BUFFERS, PAGES, PAGES };
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };
	unsigned int taken = 0, withdrawn = 0;
	xengnttab_dmabuf_cache *cache;
	int result;

	cache = CHECK_MADE(xengnttab_dmabuf_cache_open(client.guest.xgt, PAGES, 0));
	stream = CHECK_MADE(xengnttab_dmabuf_stream_open(client.guest.xgt, client.guest.domid, &limits,
							 socket));
	xengnttab_dmabuf_stream_set_cache(stream, cache);
	while ((result = xengnttab_dmabuf_stream_receive(stream, &event)) == 1) {
		if (event.type == XENGNTTAB_DMABUF_EVENT_BUFFER) {
			take(&event);
			taken++;
			continue;
		}
		CHECK_EQ(event.type, XENGNTTAB_DMABUF_EVENT_WITHDRAW);
		if (!withdrawn++) {
			CHECK_EQ(xengnttab_dmabuf_cache_pages(cache), PAGES);
			CHECK_EQ(mapped(), PAGES);
		}
		CHECK(event.buffer);
		xengnttab_dmabuf_event_clear(&event);
		CHECK_OK(xengnttab_dmabuf_stream_release(stream, event.number, RELEASE_MS));
	}
	CHECK_OK(result);
	CHECK_EQ(taken, BUFFERS * ROUNDS);
	CHECK_EQ(withdrawn, BUFFERS);
	CHECK_EQ(xengnttab_dmabuf_cache_pages(cache), 0);
	CHECK_EQ(mappings_traced(), PAGES);
	xengnttab_dmabuf_stream_close(stream);
	xengnttab_dmabuf_cache_close(cache);
}

int main(void)
{
	int socket, status;
	pid_t child;

	guest_open(&client.guest);
	guest_share(&client.guest, &client.pages, PAGES);
	trace_begin("xen_gntdev");
	child = fork_with_socket(&socket);
	if (!child)
		return sender(socket);
	client.guest.xgt = xengnttab_open(NULL, 0);
	REQUIRE(client.guest.xgt);
	receiver(socket);
	close(socket);
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK_EQ(status, 0);
	client_close(&client);
	return CASE_PASS;
}
