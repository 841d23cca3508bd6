// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frontend.h"

#define BACKEND		0
#define WAIT_MS		8000

struct xs_handle *store;
xenevtchn_handle *events;
xenevtchn_port_or_error_t req_port;
struct xen_displif_front_ring ring;
struct xendispl_event_page *page;
uint32_t *directory, directory_ref;

static xengntshr_handle *shares;
static char *backend;
static xenevtchn_port_or_error_t evt_port;
static uint32_t ring_ref, page_ref;
static uint16_t next_id;

void die(const char *what)
{
	printf("frontend: %s: %s\n", what, strerror(errno));
	exit(1);
}

void tell(const char *scenario, int status)
{
	if (status == NO_ANSWER)
		printf("%s: no answer\n", scenario);
	else
		printf("%s: %s\n", scenario, status ? strerrorname_np(-status) : "0");
	fflush(stdout);
}

void write_number(const char *path, unsigned int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	if (!xs_write(store, XBT_NULL, path, text, (unsigned int)strlen(text)))
		die(path);
}

static unsigned int backend_state(void)
{
	char path[256], *value;
	unsigned int length, state;

	snprintf(path, sizeof(path), "%s/state", backend);
	value = xs_read(store, XBT_NULL, path, &length);
	state = value ? (unsigned int)atoi(value) : 0;
	free(value);
	return state;
}

bool wait_state(unsigned int state)
{
	int tenth;

	for (tenth = 0; tenth < WAIT_MS / 100; tenth++) {
		if (backend_state() == state)
			return true;
		usleep(100000);
	}
	return false;
}

void *share(uint32_t *refs, unsigned int count)
{
	void *memory = xengntshr_share_pages(shares, BACKEND, (int)count, refs, 1);

	if (!memory)
		die("share");
	memset(memory, 0, count * PAGE);
	return memory;
}

static void find_backend(void)
{
	unsigned int length;

	backend = xs_read(store, XBT_NULL, FRONT "/backend", &length);
	if (!backend)
		die("backend");
}

void connect_backend(void)
{
	struct xen_displif_sring *sring;

	write_number(FRONT "/state", XenbusStateInitialising);
	if (!wait_state(XenbusStateInitWait))
		die("the backend does not wait");
	sring = share(&ring_ref, 1);
	page = share(&page_ref, 1);
	XEN_FRONT_RING_INIT(&ring, sring, PAGE);
	req_port = xenevtchn_bind_unbound_port(events, BACKEND);
	evt_port = xenevtchn_bind_unbound_port(events, BACKEND);
	if (req_port < 0 || evt_port < 0)
		die("event channel");
	write_number(CONNECTOR "/req-ring-ref", ring_ref);
	write_number(CONNECTOR "/req-event-channel", (unsigned int)req_port);
	write_number(CONNECTOR "/evt-ring-ref", page_ref);
	write_number(CONNECTOR "/evt-event-channel", (unsigned int)evt_port);
	write_number(FRONT "/state", XenbusStateInitialised);
	if (!wait_state(XenbusStateConnected))
		die("the backend does not connect");
	write_number(FRONT "/state", XenbusStateConnected);
}

void disconnect(void)
{
	write_number(FRONT "/state", XenbusStateClosing);
	if (!wait_state(XenbusStateInitWait))
		die("the backend does not disconnect");
	xenevtchn_unbind(events, (evtchn_port_t)req_port);
	xenevtchn_unbind(events, (evtchn_port_t)evt_port);
	xengntshr_unshare(shares, ring.sring, 1);
	xengntshr_unshare(shares, page, 1);
}

int receive(struct xendispl_resp *response)
{
	struct pollfd poll_for = { .fd = xenevtchn_fd(events), .events = POLLIN };
	xenevtchn_port_or_error_t port;
	int more;

	for (;;) {
		RING_FINAL_CHECK_FOR_RESPONSES(&ring, more);
		if (more)
			break;
		if (poll(&poll_for, 1, WAIT_MS) <= 0)
			return NO_ANSWER;
		port = xenevtchn_pending(events);
		if (port >= 0)
			xenevtchn_unmask(events, (evtchn_port_t)port);
	}
	xen_rmb();
	*response = *RING_GET_RESPONSE(&ring, ring.rsp_cons);
	ring.rsp_cons++;
	return response->status;
}

void push(void)
{
	int wanted;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&ring, wanted);
	(void)wanted;
	xenevtchn_notify(events, (evtchn_port_t)req_port);
}

void put(const struct xendispl_req *request)
{
	struct xendispl_req *slot = RING_GET_REQUEST(&ring, ring.req_prod_pvt);

	*slot = *request;
	slot->id = next_id++;
	ring.req_prod_pvt++;
}

int ask_for(const struct xendispl_req *request, struct xendispl_resp *response)
{
	uint16_t id = next_id;
	int status;

	put(request);
	push();
	status = receive(response);
	if (status != NO_ANSWER && (response->id != id || response->operation != request->operation))
		printf("frontend: the response is another one\n");
	return status;
}

int ask(const struct xendispl_req *request)
{
	struct xendispl_resp response;

	return ask_for(request, &response);
}

static uint32_t *prepare_memory(void)
{
	uint32_t refs[PAGES], *memory;
	unsigned int word;

	directory = share(&directory_ref, 1);
	memory = share(refs, PAGES);
	for (word = 1; word < PAGE / sizeof(*directory); word++)
		directory[word] = NOT_SHARED;
	memcpy(directory + 1, refs, sizeof(refs));
	return memory;
}

uint32_t *frontend_open(void)
{
	store = xs_open(0);
	events = xenevtchn_open(NULL, 0);
	shares = xengntshr_open(NULL, 0);
	if (!store || !events || !shares)
		die("open");
	find_backend();
	return prepare_memory();
}

struct xendispl_req create(uint64_t cookie)
{
	return (struct xendispl_req){
		.operation = XENDISPL_OP_DBUF_CREATE,
		.op.dbuf_create = {
			.dbuf_cookie = cookie, .width = WIDTH, .height = HEIGHT, .bpp = 32,
			.buffer_sz = BYTES, .gref_directory = directory_ref,
		},
	};
}

struct xendispl_req destroy(uint64_t cookie)
{
	return (struct xendispl_req){
		.operation = XENDISPL_OP_DBUF_DESTROY, .op.dbuf_destroy.dbuf_cookie = cookie,
	};
}

struct xendispl_req attach(uint64_t buffer, uint64_t cookie, uint32_t width, uint32_t height,
			   uint32_t format)
{
	return (struct xendispl_req){
		.operation = XENDISPL_OP_FB_ATTACH,
		.op.fb_attach = { buffer, cookie, width, height, format },
	};
}

struct xendispl_req show(uint64_t cookie, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	return (struct xendispl_req){
		.operation = XENDISPL_OP_SET_CONFIG,
		.op.set_config = { cookie, x, y, width, height, cookie ? 32 : 0 },
	};
}

struct xendispl_req flip(uint64_t cookie)
{
	return (struct xendispl_req){
		.operation = XENDISPL_OP_PG_FLIP, .op.pg_flip.fb_cookie = cookie,
	};
}
