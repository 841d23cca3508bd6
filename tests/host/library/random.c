// SPDX-License-Identifier: GPL-2.0
/*
 * Random messages to a stream, good ones and bad ones mixed, in pieces of random size. The stream
 * never holds more than its limits, and when it is closed nothing is left of it: ASan finds leaks,
 * and the descriptors are counted. Before that, some peers that do one thing.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <xengnttab_dmabuf_stream.h>

#include "check.h"
#include "gntdev.h"
#include "stream.h"
#include "wire.h"

#define MAX_BUFFERS	6
#define MAX_PAGES	12
#define MAX_TOTAL	40
#define NUMBERS		8
#define SENT		3
#define ROOM		512

/**
 * struct peer - the other end: what it sends is made up while it is read
 * @bytes: the rest of the present message, from @at to @size
 * @left: messages until it closes the stream
 * @is_slow: it sends pieces, with pauses
 * @reads_nothing: and the answers stay
 * @is_closed: it does not take any more
 * @only: if set, each message is this one
 */
struct peer {
	uint8_t bytes[ROOM];
	uint32_t at, size;
	uint32_t left;
	bool is_slow, reads_nothing, is_closed;
	const struct wire_message *only;
};

static unsigned long messages, good, refused, broken, ended, buffers, events[6];

static unsigned int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int count = 0;

	CHECK(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void random_refs(uint32_t *refs, uint32_t count)
{
	uint32_t first = random_below(3) * 100, i;

	for (i = 0; i < count; i++)
		refs[i] = first + i;
	if (one_in(40))
		refs[random_below(count)] = BAD_REF;
}

static struct wire_message random_message(uint32_t *refs)
{
	struct wire_message message = {
		.type = one_in(2) ? WIRE_BUFFER : 1 + random_below(4),
		.number = 1 + random_below(NUMBERS),
		.refs = refs,
	};

	if (message.type != WIRE_BUFFER)
		return message;
	message.count = 1 + random_below(one_in(20) ? MAX_PAGES + 3 : MAX_PAGES);
	random_refs(refs, message.count);
	message.flags = random_below(2);
	message.offset = one_in(3) ? random_below(4096) : 0;
	message.length = message.count * 4096ULL - message.offset;
	if (one_in(2)) {
		message.fourcc = 0x34325258;
		message.width = 1 + random_below(64);
		message.strides[0] = message.width * 4;
		message.height = 1 + random_below(4);
		if ((uint64_t)message.strides[0] * message.height > message.length)
			message.height = 1;
	}
	strcpy(message.name, one_in(2) ? "name" : "");
	return message;
}

static void put_random(uint8_t *bytes, uint32_t size)
{
	static const uint32_t values[] = {
		0, 1, 2, 3, 4, 63, 64, 65, 104, 108, 4095, 4096, 0x7fffffff, 0x80000000, 0xfffffffc,
		0xffffffff,
	};
	uint32_t value = values[random_below(sizeof(values) / sizeof(values[0]))];

	memcpy(bytes + random_below(size / 4) * 4, &value, sizeof(value));
}

static void spoil(struct peer *peer)
{
	switch (random_below(5)) {
	case 0:
		peer->bytes[random_below(peer->size)] ^= (uint8_t)(1 << random_below(8));
		break;
	case 1:
		peer->bytes[random_below(peer->size)] = (uint8_t)random_64();
		break;
	case 2:
		put_random(peer->bytes, peer->size);
		break;
	case 3:
		peer->size -= 1 + random_below(peer->size - 1);
		break;
	default:
		/* Only the size. */
		peer->bytes[8] = (uint8_t)(random_below(64) * 4);
		break;
	}
}

static void next_message(struct peer *peer)
{
	uint32_t refs[MAX_PAGES + 3];
	struct wire_message message = random_message(refs);

	if (peer->only)
		message = *peer->only;
	messages++;
	peer->at = 0;
	peer->size = wire_size(&message);
	CHECK(peer->size <= ROOM);
	wire_encode(&message, peer->bytes);
	if (one_in(4) && !peer->only)
		spoil(peer);
	else
		good++;
}

static ssize_t peer_read(void *context, void *data, size_t size)
{
	struct peer *peer = context;
	uint32_t left;

	if (peer->at == peer->size) {
		if (!peer->left)
			return 0;
		peer->left--;
		next_message(peer);
	}
	if (peer->is_slow && one_in(3)) {
		errno = one_in(4) ? EINTR : EAGAIN;
		return -1;
	}
	left = peer->size - peer->at;
	if (size > left)
		size = left;
	if (peer->is_slow)
		size = 1 + random_below((uint32_t)size);
	memcpy(data, peer->bytes + peer->at, size);
	peer->at += (uint32_t)size;
	return (ssize_t)size;
}

static ssize_t peer_write(void *context, const void *data, size_t size)
{
	struct peer *peer = context;

	(void)data;
	if (peer->is_closed) {
		errno = EPIPE;
		return -1;
	}
	if (peer->reads_nothing || (peer->is_slow && one_in(3))) {
		errno = one_in(4) ? EINTR : EAGAIN;
		return -1;
	}
	return (ssize_t)(peer->is_slow ? 1 + random_below((uint32_t)size) : size);
}

static void check_limits(const xengnttab_dmabuf_stream *stream)
{
	const struct received *received;
	uint32_t count = 0;
	uint64_t pages = 0;

	for (received = stream->received; received; received = received->next) {
		count++;
		pages += xengnttab_dmabuf_count(received->buffer);
	}
	CHECK(count == stream->buffers && count <= MAX_BUFFERS);
	CHECK(pages == stream->pages && pages <= MAX_TOTAL);
}

static void check_buffer(const struct xengnttab_dmabuf_event *event)
{
	const struct xengnttab_dmabuf_content *content = &event->content;
	uint64_t bytes = xengnttab_dmabuf_count(event->buffer) * 4096ULL;

	CHECK(event->fd >= 0 && xengnttab_dmabuf_count(event->buffer) <= MAX_PAGES);
	CHECK(content->offset < 4096 && content->length);
	CHECK(content->offset + content->length <= bytes);
	CHECK((uint64_t)content->strides[0] * content->height <= content->length);
	CHECK(strlen(content->name) < sizeof(content->name));
	buffers++;
}

static void answer(xengnttab_dmabuf_stream *stream, struct xengnttab_dmabuf_event *event)
{
	CHECK(event->type >= 1 && event->type <= 5 && event->number);
	events[event->type]++;
	if (event->type == XENGNTTAB_DMABUF_EVENT_BUFFER)
		check_buffer(event);
	else
		CHECK(event->fd == -1);
	if (event->type == XENGNTTAB_DMABUF_EVENT_DONE ||
	    event->type == XENGNTTAB_DMABUF_EVENT_REFUSED)
		CHECK(!event->buffer);
	if (event->type == XENGNTTAB_DMABUF_EVENT_REFUSED)
		refused++;
	xengnttab_dmabuf_event_clear(event);
	if (one_in(2))
		xengnttab_dmabuf_stream_release(stream, 1 + random_below(NUMBERS), 1);
	if (one_in(10))
		xengnttab_dmabuf_stream_resend(stream, 1 + random_below(SENT));
	if (one_in(10))
		xengnttab_dmabuf_stream_withdraw(stream, 1 + random_below(SENT));
}

/* An error ends the stream for good. */
static void check_end(xengnttab_dmabuf_stream *stream, struct xengnttab_dmabuf_event *event,
		      int result, int error)
{
	if (result == 0) {
		ended++;
		return;
	}
	broken++;
	CHECK(error == EPROTO || error == EPROTONOSUPPORT || error == EMSGSIZE ||
	      error == ECONNRESET || error == ENOBUFS);
	CHECK(xengnttab_dmabuf_stream_receive(stream, event) == -1 && errno == error);
	CHECK(xengnttab_dmabuf_stream_flush(stream) == -1 && errno == error);
}

static void send_some(xengnttab_dmabuf_stream *stream)
{
	static const uint32_t refs[] = { 1, 2, 3 };
	uint64_t number;
	unsigned int i;

	for (i = 0; i < SENT; i++)
		if (xengnttab_dmabuf_stream_send_refs(stream, 3, refs, 0, NULL, &number))
			CHECK(errno == EAGAIN || errno == EINTR || errno == EPIPE);
}

static void run_stream(xengnttab_dmabuf_cache *cache)
{
	static const struct xengnttab_dmabuf_stream_ops ops = {
		sizeof(ops), peer_read, peer_write,
	};
	struct xengnttab_dmabuf_limits limits = {
		sizeof(limits), MAX_BUFFERS, MAX_PAGES, MAX_TOTAL,
	};
	struct peer peer = {
		.left = 1 + random_below(100),
		.is_slow = one_in(2),
		.reads_nothing = one_in(10),
		.is_closed = one_in(10),
	};
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };
	xengnttab_dmabuf_stream *stream;
	int result;

	stream = xengnttab_dmabuf_stream_open_ops(fake_xgt, 1, &limits, &ops, &peer);
	CHECK(stream);
	if (one_in(2))
		xengnttab_dmabuf_stream_set_cache(stream, cache);
	send_some(stream);
	do {
		result = xengnttab_dmabuf_stream_receive(stream, &event);
		if (result == 1)
			answer(stream, &event);
		check_limits(stream);
	} while (result == 1 || (result == -1 && (errno == EAGAIN || errno == EINTR)));
	check_end(stream, &event, result, errno);
	xengnttab_dmabuf_stream_close(stream);
}

/* ---- peers that do one thing */

static xengnttab_dmabuf_stream *open_to(struct peer *peer, xengnttab_dmabuf_cache *cache)
{
	static const struct xengnttab_dmabuf_stream_ops ops = {
		sizeof(ops), peer_read, peer_write,
	};
	const struct xengnttab_dmabuf_limits limits = {
		sizeof(limits), MAX_BUFFERS, MAX_PAGES, MAX_TOTAL,
	};
	xengnttab_dmabuf_stream *stream;

	stream = xengnttab_dmabuf_stream_open_ops(fake_xgt, 1, &limits, &ops, peer);
	CHECK(stream);
	if (cache)
		xengnttab_dmabuf_stream_set_cache(stream, cache);
	return stream;
}

static struct wire_message buffer_message(uint64_t number, uint32_t count, const uint32_t *refs)
{
	return (struct wire_message){
		.type = WIRE_BUFFER, .number = number, .count = count, .length = 1, .refs = refs,
	};
}

static void receive_type(xengnttab_dmabuf_stream *stream, uint32_t type, int error)
{
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };

	CHECK(xengnttab_dmabuf_stream_receive(stream, &event) == 1);
	CHECK(event.type == type && event.error == error);
	xengnttab_dmabuf_event_clear(&event);
}

/* The answers to a peer that reads nothing do not become more and more. */
static void check_unread_answers(void)
{
	const uint32_t bad_ref = BAD_REF;
	const struct wire_message message = buffer_message(1, 1, &bad_ref);
	struct peer peer = { .left = 100000, .reads_nothing = true, .only = &message };
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };
	xengnttab_dmabuf_stream *stream = open_to(&peer, NULL);
	int result;

	do {
		result = xengnttab_dmabuf_stream_receive(stream, &event);
		CHECK(result == -1 || (event.type == XENGNTTAB_DMABUF_EVENT_REFUSED &&
				       event.error == EREMOTEIO));
	} while (result == 1 || errno == EINTR);
	CHECK(errno == ENOBUFS && peer.left);
	xengnttab_dmabuf_stream_close(stream);
}

/* A number that comes with other memory each time does not fill the cache. */
static void check_other_memory(void)
{
	xengnttab_dmabuf_cache *cache = xengnttab_dmabuf_cache_open(fake_xgt, 100, 0);
	uint32_t refs[] = { 0, 1 }, round;
	const struct wire_message message = buffer_message(1, 2, refs);
	struct peer peer = { .left = 20, .only = &message };
	xengnttab_dmabuf_stream *stream = open_to(&peer, cache);

	for (round = 0; round < 20; round++) {
		refs[1] = round + 1;
		receive_type(stream, XENGNTTAB_DMABUF_EVENT_BUFFER, 0);
		CHECK(!xengnttab_dmabuf_stream_release(stream, 1, 0));
		CHECK(xengnttab_dmabuf_cache_pages(cache) == 2);
	}
	xengnttab_dmabuf_stream_close(stream);
	xengnttab_dmabuf_cache_close(cache);
}

/* A buffer that is refused when it comes again is not in the cache any more. */
static void check_refused_again(void)
{
	xengnttab_dmabuf_cache *cache = xengnttab_dmabuf_cache_open(fake_xgt, 100, 0);
	const uint32_t refs[] = { 0, 1 };
	const struct wire_message message = buffer_message(1, 2, refs);
	struct peer peer = { .left = 2, .only = &message };
	xengnttab_dmabuf_stream *stream = open_to(&peer, cache);
	struct rlimit limit, none;

	receive_type(stream, XENGNTTAB_DMABUF_EVENT_BUFFER, 0);
	CHECK(!xengnttab_dmabuf_stream_release(stream, 1, 0));
	CHECK(!getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = 0;
	CHECK(!setrlimit(RLIMIT_NOFILE, &none));
	receive_type(stream, XENGNTTAB_DMABUF_EVENT_REFUSED, EINVAL);
	CHECK(!setrlimit(RLIMIT_NOFILE, &limit));
	CHECK(xengnttab_dmabuf_cache_pages(cache) == 0);
	xengnttab_dmabuf_stream_close(stream);
	xengnttab_dmabuf_cache_close(cache);
}

/* The same memory with another number is refused: it would be released only with the first. */
static void check_same_memory(void)
{
	xengnttab_dmabuf_cache *cache = xengnttab_dmabuf_cache_open(fake_xgt, 100, 0);
	const uint32_t refs[] = { 0, 1 };
	struct wire_message message = buffer_message(1, 2, refs);
	struct peer peer = { .left = 2, .only = &message };
	xengnttab_dmabuf_stream *stream = open_to(&peer, cache);

	receive_type(stream, XENGNTTAB_DMABUF_EVENT_BUFFER, 0);
	message.number = 2;
	receive_type(stream, XENGNTTAB_DMABUF_EVENT_REFUSED, EEXIST);
	xengnttab_dmabuf_stream_close(stream);
	xengnttab_dmabuf_cache_close(cache);
}

/* What a peer writes before it closes its end is received, although nothing can be written. */
static void check_last_message(void)
{
	const struct wire_message message = { .type = WIRE_RELEASED, .number = 1 };
	struct peer peer = { .left = 1, .only = &message };
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };
	xengnttab_dmabuf_stream *stream = open_to(&peer, NULL);

	send_some(stream);
	peer.is_closed = true;
	CHECK(xengnttab_dmabuf_stream_withdraw(stream, 1) == -1 && errno == EPIPE);
	CHECK(xengnttab_dmabuf_stream_withdraw(stream, 2) == -1 && errno == EPIPE);
	receive_type(stream, XENGNTTAB_DMABUF_EVENT_RELEASED, 0);
	CHECK(xengnttab_dmabuf_stream_receive(stream, &event) == 0);
	xengnttab_dmabuf_stream_close(stream);
}

/* An event that was never filled has no descriptor to close. */
static void check_unfilled_event(void)
{
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };
	unsigned int fds = count_fds();

	xengnttab_dmabuf_event_clear(&event);
	CHECK(count_fds() == fds);
}

int main(int argc, char **argv)
{
	unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	xengnttab_dmabuf_cache *cache;
	unsigned int fds;

	fake_open();
	fds = count_fds();
	cache = xengnttab_dmabuf_cache_open(fake_xgt, 30, 0);
	CHECK(cache);
	check_unread_answers();
	check_other_memory();
	check_refused_again();
	check_same_memory();
	check_last_message();
	check_unfilled_event();
	while (messages < wanted) {
		run_stream(cache);
		CHECK(xengnttab_dmabuf_cache_pages(cache) <= 30);
		if (one_in(100))
			xengnttab_dmabuf_cache_flush_domain(cache, 1);
	}
	xengnttab_dmabuf_cache_close(cache);
	CHECK(count_fds() == fds);
	printf("%lu messages, %lu of them not changed; %lu buffers, %lu refused, %lu exports\n",
	       messages, good, buffers, refused, exports);
	printf("done %lu, withdraw %lu, released %lu; streams: %lu broken, %lu ended\n",
	       events[2], events[3], events[4], broken, ended);
	CHECK(good && refused && buffers && broken && ended && events[2] && events[3] && events[4]);
	return 0;
}
