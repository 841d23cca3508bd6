// SPDX-License-Identifier: GPL-2.0
/*
 * Two processes with a socket between them: one sends the guest's references, the other gets
 * dma-bufs, in poll(). It releases a buffer when the kernel has, and the sender is told then and
 * not before. What cannot be mapped, or is above the limits, is refused, and the stream goes on.
 */
#include <fcntl.h>
#include <sys/wait.h>

#include <xengnttab_dmabuf_stream.h>

#include "library.h"
#include "pass-fd.h"

#define PAGES		48
#define PICTURE_PAGES	30
#define FOURCC		0x34325258
#define MAX_BUFFERS	2

static struct client client;

static xengnttab_dmabuf_stream *stream;

static struct xengnttab_dmabuf_event receive(void)
{
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };

	CHECK_EQ(CHECK_OK(xengnttab_dmabuf_stream_receive(stream, &event)), 1);
	return event;
}

static struct xengnttab_dmabuf_event receive_type(uint32_t type, uint64_t number)
{
	struct xengnttab_dmabuf_event event = receive();

	CHECK_EQ(event.type, type);
	CHECK_EQ(event.number, number);
	return event;
}

/* The sender. */

static uint64_t send_refs(uint32_t count, const uint32_t *refs, uint32_t flags,
			  const struct xengnttab_dmabuf_content *content)
{
	uint64_t number;

	CHECK_OK(xengnttab_dmabuf_stream_send_refs(stream, count, refs, flags, content, &number));
	return number;
}

static void check_refused_arguments(void)
{
	struct xengnttab_dmabuf_content content = {
		.size = sizeof(content), .offset = PAGE_BYTES,
	};
	const uint32_t *refs = client.pages.refs;
	uint64_t number;

	CHECK_ERRNO(xengnttab_dmabuf_stream_send_refs(stream, 1, refs, 0, &content, &number),
		    EINVAL);
	content.offset = 0;
	content.length = PAGE_BYTES + 1;
	CHECK_ERRNO(xengnttab_dmabuf_stream_send_refs(stream, 1, refs, 0, &content, &number),
		    EINVAL);
	content.length = 0;
	content.size--;
	CHECK_ERRNO(xengnttab_dmabuf_stream_send_refs(stream, 1, refs, 0, &content, &number),
		    EINVAL);
	CHECK_ERRNO(xengnttab_dmabuf_stream_send_refs(stream, 0, refs, 0, NULL, &number), EINVAL);
	CHECK_ERRNO(xengnttab_dmabuf_stream_resend(stream, 1), EINVAL);
	CHECK_ERRNO(xengnttab_dmabuf_stream_withdraw(stream, 1), EINVAL);
	errno = 0;
	CHECK(!xengnttab_dmabuf_stream_sent(stream, 1) && errno == EINVAL);
}

/* A structure of a later version, with a member that this library does not know. */
static void check_larger_content(void)
{
	struct {
		struct xengnttab_dmabuf_content content;
		uint64_t later;
	} larger = { .content = { .size = sizeof(larger) }, .later = 1 };
	uint64_t number;

	CHECK_ERRNO(xengnttab_dmabuf_stream_send_refs(stream, 1, client.pages.refs, 0,
						      &larger.content, &number), E2BIG);
}

/* Memory of a readonly buffer, of one that cannot be mapped, and of three where two may be. */
static void send_others(void)
{
	uint32_t bad[3] = { client.pages.refs[0], REF_OUT_OF_RANGE, client.pages.refs[1] };
	struct xengnttab_dmabuf_event event;
	uint64_t number;
	unsigned int i;

	number = send_refs(3, client.pages.refs, XENGNTTAB_DMABUF_IMPORT_READONLY, NULL);
	receive_type(XENGNTTAB_DMABUF_EVENT_RELEASED, number);

	number = send_refs(3, bad, 0, NULL);
	event = receive_type(XENGNTTAB_DMABUF_EVENT_RELEASED, number);
	CHECK_EQ(event.error, EREMOTEIO);

	for (i = 0; i <= MAX_BUFFERS; i++)
		number = send_refs(1, client.pages.refs + i, 0, NULL);
	event = receive_type(XENGNTTAB_DMABUF_EVENT_RELEASED, number);
	CHECK_EQ(event.error, EDQUOT);
	for (i = 0; i < MAX_BUFFERS; i++) {
		event = receive();
		CHECK_EQ(event.type, XENGNTTAB_DMABUF_EVENT_RELEASED);
		CHECK_EQ(event.error, 0);
	}
}

static int sender(int socket)
{
	const struct xengnttab_dmabuf_content picture = {
		.size = sizeof(picture), .offset = 256,
		.width = 128, .height = 64, .fourcc = FOURCC, .modifier = 1,
		.strides = { 512, 128 }, .offsets = { 0, 512 * 64 },
		.name = "a picture",
	};
	struct xengnttab_dmabuf_event event;
	uint64_t number;

	client.guest.xgt = xengnttab_open(NULL, 0);
	REQUIRE(client.guest.xgt);
	stream = CHECK_MADE(xengnttab_dmabuf_stream_open(client.guest.xgt, 0, NULL, socket));
	check_refused_arguments();
	check_larger_content();
	number = send_refs(PICTURE_PAGES, client.pages.refs, 0, &picture);
	event = receive_type(XENGNTTAB_DMABUF_EVENT_RELEASED, number);
	CHECK_EQ(event.error, 0);
	CHECK(!event.buffer);
	CHECK_EQ(hv_mapped(client.guest.domid, client.pages.refs, PICTURE_PAGES), 0);
	send_others();
	xengnttab_dmabuf_stream_close(stream);
	xengnttab_close(client.guest.xgt);
	return CASE_PASS;
}

/* The receiver. */

static void check_picture(const struct xengnttab_dmabuf_event *event)
{
	const struct xengnttab_dmabuf_content *content = &event->content;
	void *memory;

	CHECK_EQ(content->offset, 256);
	CHECK_EQ(content->length, PICTURE_PAGES * PAGE_BYTES - 256);
	CHECK_EQ(content->width, 128);
	CHECK_EQ(content->height, 64);
	CHECK_EQ(content->size, sizeof(*content));
	CHECK_EQ(content->strides[0], 512);
	CHECK_EQ(content->offsets[0], 0);
	CHECK_EQ(content->strides[1], 128);
	CHECK_EQ(content->offsets[1], 512 * 64);
	CHECK_EQ(content->strides[2], 0);
	CHECK_EQ(content->fourcc, FOURCC);
	CHECK_EQ(content->modifier, 1);
	CHECK(!strcmp(content->name, "a picture"));
	CHECK_EQ(event->flags, 0);
	CHECK_EQ(xengnttab_dmabuf_count(event->buffer), PICTURE_PAGES);
	memory = dmabuf_map(event->fd, PICTURE_PAGES, PROT_READ | PROT_WRITE);
	CHECK(memory_is(memory, 0, PICTURE_PAGES, client.pages.seed));
	CHECK_OK(munmap(memory, PICTURE_PAGES * PAGE_BYTES));
}

/* Another user keeps the buffer: nothing is told to the sender. */
static void release_in_poll(struct xengnttab_dmabuf_event *event, int socket)
{
	int held = CHECK_OK(dup(event->fd));
	int released = CHECK_OK(xengnttab_dmabuf_eventfd(event->buffer));

	CHECK_OK(close(event->fd));
	event->fd = -1;
	CHECK_ERRNO(xengnttab_dmabuf_stream_release(stream, event->number, 0), ETIMEDOUT);
	CHECK(!is_readable(socket, QUIET_MS));
	CHECK_OK(close(held));
	CHECK(is_readable(released, RELEASE_MS));
	CHECK_OK(xengnttab_dmabuf_stream_release(stream, event->number, 0));
	CHECK_OK(xengnttab_dmabuf_stream_release(stream, event->number, 0));
	xengnttab_dmabuf_event_clear(event);
}

static void receive_others(void)
{
	struct xengnttab_dmabuf_event event, two[MAX_BUFFERS];
	unsigned int i;

	event = receive();
	CHECK_EQ(event.flags, XENGNTTAB_DMABUF_EXPORT_READONLY);
	CHECK_EQ(CHECK_OK(fcntl(event.fd, F_GETFL)) & O_ACCMODE, O_RDONLY);
	xengnttab_dmabuf_event_clear(&event);
	CHECK_OK(xengnttab_dmabuf_stream_release(stream, event.number, RELEASE_MS));

	event = receive();
	CHECK_EQ(event.type, XENGNTTAB_DMABUF_EVENT_REFUSED);
	CHECK_EQ(event.error, EREMOTEIO);

	for (i = 0; i < MAX_BUFFERS; i++) {
		two[i] = receive();
		CHECK_EQ(two[i].type, XENGNTTAB_DMABUF_EVENT_BUFFER);
	}
	event = receive_type(XENGNTTAB_DMABUF_EVENT_REFUSED, two[MAX_BUFFERS - 1].number + 1);
	CHECK_EQ(event.error, EDQUOT);
	CHECK_EQ(event.fd, -1);
	for (i = 0; i < MAX_BUFFERS; i++) {
		xengnttab_dmabuf_event_clear(&two[i]);
		CHECK_OK(xengnttab_dmabuf_stream_release(stream, two[i].number, RELEASE_MS));
	}
}

static void receiver(int socket)
{
	const struct xengnttab_dmabuf_limits limits = {
		sizeof(limits), MAX_BUFFERS, PAGES, PAGES,
	};
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };

	client.guest.xgt = xengnttab_open(NULL, 0);
	REQUIRE(client.guest.xgt);
	REQUIRE(!fcntl(socket, F_SETFL, O_NONBLOCK));
	stream = CHECK_MADE(xengnttab_dmabuf_stream_open(client.guest.xgt, client.guest.domid, &limits,
							 socket));
	while (xengnttab_dmabuf_stream_receive(stream, &event) != 1) {
		CHECK_EQ(errno, EAGAIN);
		CHECK(is_readable(socket, RELEASE_MS));
	}
	CHECK_EQ(event.type, XENGNTTAB_DMABUF_EVENT_BUFFER);
	CHECK_EQ(event.number, 1);
	check_picture(&event);
	release_in_poll(&event, socket);
	REQUIRE(!fcntl(socket, F_SETFL, 0));
	receive_others();
	CHECK_EQ(xengnttab_dmabuf_stream_receive(stream, &event), 0);
	xengnttab_dmabuf_stream_close(stream);
	CHECK_OK(xengnttab_close(client.guest.xgt));
}

int main(void)
{
	int socket, status;
	pid_t child;

	guest_open(&client.guest);
	guest_share(&client.guest, &client.pages, PAGES);
	child = fork_with_socket(&socket);
	if (!child)
		return sender(socket);
	receiver(socket);
	close(socket);
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK_EQ(status, 0);
	CHECK_EQ(guest_unshare(&client.guest, &client.pages), 0);
	return CASE_PASS;
}
