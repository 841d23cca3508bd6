// SPDX-License-Identifier: GPL-2.0
/*
 * A sender that dies at every byte of its messages, and one that sends nonsense after a good
 * buffer. The receiver gets an error or the end of the stream, and when it has closed what it has,
 * nothing is mapped and no descriptor is left.
 */
#include <sys/socket.h>

#include <xengnttab_dmabuf_stream.h>

#include "library.h"

#define PAGES		6
#define MESSAGE_MAX	256
#define NUMBER_SIZE	24
/* Of a BUFFER message without a name, before the references. */
#define BUFFER_FIXED	104

static struct client client;

/* Two BUFFER messages and a WITHDRAW, as the library itself sends them. */
static uint8_t bytes[2 * MESSAGE_MAX + NUMBER_SIZE];
static size_t size;

static unsigned int mapped(void)
{
	return hv_mapped(client.guest.domid, client.pages.refs, PAGES);
}

static ssize_t record(void *context, const void *data, size_t length)
{
	(void)context;
	REQUIRE(size + length <= sizeof(bytes));
	memcpy(bytes + size, data, length);
	size += length;
	return (ssize_t)length;
}

static void record_messages(void)
{
	const struct xengnttab_dmabuf_stream_ops ops = {
		.size = sizeof(ops), .write = record,
	};
	xengnttab_dmabuf_stream *stream;
	uint64_t number;

	stream = CHECK_MADE(xengnttab_dmabuf_stream_open_ops(client.guest.xgt, 0, NULL, &ops, NULL));
	CHECK_OK(xengnttab_dmabuf_stream_send_refs(stream, 2, client.pages.refs, 0, NULL, &number));
	CHECK_OK(xengnttab_dmabuf_stream_send_refs(stream, 4, client.pages.refs + 2, 0, NULL,
						   &number));
	CHECK_OK(xengnttab_dmabuf_stream_withdraw(stream, 1));
	xengnttab_dmabuf_stream_close(stream);
}

/* Receives all there is. Returns how many buffers came, and the errno that ended it. */
static unsigned int receive_all(int socket, const struct xengnttab_dmabuf_limits *limits,
				int *error)
{
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };
	xengnttab_dmabuf_stream *stream;
	unsigned int buffers = 0;
	int result;

	stream = CHECK_MADE(xengnttab_dmabuf_stream_open(client.guest.xgt, client.guest.domid, limits,
							 socket));
	while ((result = xengnttab_dmabuf_stream_receive(stream, &event)) == 1) {
		buffers += event.type == XENGNTTAB_DMABUF_EVENT_BUFFER;
		xengnttab_dmabuf_event_clear(&event);
	}
	*error = result ? errno : 0;
	xengnttab_dmabuf_stream_close(stream);
	return buffers;
}

/* The sender writes this and is gone. */
static unsigned int receive_bytes(const uint8_t *data, size_t length, uint32_t max_pages,
				  int *error)
{
	struct xengnttab_dmabuf_limits limits = { sizeof(limits), 4, max_pages, PAGES };
	unsigned int buffers;
	int sockets[2];

	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	REQUIRE(write(sockets[1], data, length) == (ssize_t)length);
	close(sockets[1]);
	buffers = receive_all(sockets[0], &limits, error);
	close(sockets[0]);
	return buffers;
}

static void check_deaths(void)
{
	size_t length, first = BUFFER_FIXED + 8, second = BUFFER_FIXED + 16;
	unsigned int buffers;
	bool is_whole;
	int error;

	REQUIRE(size == first + second + NUMBER_SIZE);
	for (length = 0; length <= size; length++) {
		buffers = receive_bytes(bytes, length, PAGES, &error);
		is_whole = !length || length == first || length == first + second ||
			   length == size;
		CHECK_EQ(error, is_whole ? 0 : ECONNRESET);
		CHECK_EQ(buffers, (length >= first) + (length >= first + second));
	}
}

/* The second message is spoiled. */
static void check_nonsense(void)
{
	uint8_t bad[sizeof(bytes)];
	size_t first = BUFFER_FIXED + 8;
	int error;

	memcpy(bad, bytes, size);
	bad[first] ^= 1;
	CHECK_EQ(receive_bytes(bad, size, PAGES, &error), 1);
	CHECK_EQ(error, EPROTO);
	memcpy(bad, bytes, size);
	bad[first + 4] = 2;
	CHECK_EQ(receive_bytes(bad, size, PAGES, &error), 1);
	CHECK_EQ(error, EPROTONOSUPPORT);
	/* A number that is in use. */
	memcpy(bad, bytes, size);
	bad[first + 16] = 1;
	CHECK_EQ(receive_bytes(bad, size, PAGES, &error), 1);
	CHECK_EQ(error, EPROTO);
	CHECK_EQ(receive_bytes(bytes, size, 3, &error), 1);
	CHECK_EQ(error, EMSGSIZE);
	CHECK_EQ(receive_bytes(bytes, size, 0, &error), 0);
	CHECK_EQ(error, EMSGSIZE);
}

/* The receiver that is gone does not end the sender by a signal. */
static void check_no_signal(void)
{
	xengnttab_dmabuf_stream *stream;
	uint64_t number;
	int sockets[2];

	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	close(sockets[1]);
	stream = CHECK_MADE(xengnttab_dmabuf_stream_open(client.guest.xgt, 0, NULL, sockets[0]));
	CHECK_ERRNO(xengnttab_dmabuf_stream_send_refs(stream, 1, client.pages.refs, 0, NULL,
						      &number), EPIPE);
	CHECK_ERRNO(xengnttab_dmabuf_stream_flush(stream), EPIPE);
	xengnttab_dmabuf_stream_close(stream);
	close(sockets[0]);
}

int main(void)
{
	unsigned int fds;

	client_open(&client, PAGES);
	fds = count_fds();
	record_messages();
	check_deaths();
	check_nonsense();
	check_no_signal();
	CHECK_EQ(count_fds(), fds);
	CHECK(WITHIN_MS(RELEASE_MS, !mapped()));
	client_close(&client);
	return CASE_PASS;
}
