// SPDX-License-Identifier: GPL-2.0
/*
 * A frontend of the display protocol that lies. The device vdispl-0 must not be bound to the
 * guest's driver. The program sends requests that no driver sends. For each it prints what the backend answers:
 *
 *   <scenario>: <status, or what happened>
 *
 * The last line is "hostile: done". The memory is that of gntalloc.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#include "protocol.h"

#define FRONT		"device/vdispl/0"
#define CONNECTOR	FRONT "/0"
#define XR24		0x34325258U
#define BACKEND		0
#define PAGE		4096U
#define WAIT_MS		8000
#define WIDTH		64U
#define HEIGHT		64U
#define BYTES		(WIDTH * HEIGHT * 4)
#define PAGES		(BYTES / PAGE)
#define FLOOD		3000U
#define NO_ANSWER	1
/* A reference beyond the grant table. */
#define NOT_SHARED	0x7fffffffU

static struct xs_handle *store;
static xenevtchn_handle *events;
static xengntshr_handle *shares;
static char *backend;

static xenevtchn_port_or_error_t req_port, evt_port;
static struct xen_displif_front_ring ring;
static struct xendispl_event_page *page;
static uint32_t ring_ref, page_ref;
static uint16_t next_id;

static void die(const char *what)
{
	printf("hostile: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void tell(const char *scenario, int status)
{
	if (status == NO_ANSWER)
		printf("%s: no answer\n", scenario);
	else
		printf("%s: %s\n", scenario, status ? strerrorname_np(-status) : "0");
	fflush(stdout);
}

static void write_number(const char *path, unsigned int number)
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

static bool wait_state(unsigned int state)
{
	int tenth;

	for (tenth = 0; tenth < WAIT_MS / 100; tenth++) {
		if (backend_state() == state)
			return true;
		usleep(100000);
	}
	return false;
}

static void *share(uint32_t *refs, unsigned int count)
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

static void connect_backend(void)
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

static void disconnect(void)
{
	write_number(FRONT "/state", XenbusStateClosing);
	if (!wait_state(XenbusStateInitWait))
		die("the backend does not disconnect");
	xenevtchn_unbind(events, (evtchn_port_t)req_port);
	xenevtchn_unbind(events, (evtchn_port_t)evt_port);
	xengntshr_unshare(shares, ring.sring, 1);
	xengntshr_unshare(shares, page, 1);
}

/* Returns the status of the next response, or NO_ANSWER. */
static int receive(struct xendispl_resp *response)
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

static void push(void)
{
	int wanted;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&ring, wanted);
	(void)wanted;
	xenevtchn_notify(events, (evtchn_port_t)req_port);
}

static void put(const struct xendispl_req *request)
{
	struct xendispl_req *slot = RING_GET_REQUEST(&ring, ring.req_prod_pvt);

	*slot = *request;
	slot->id = next_id++;
	ring.req_prod_pvt++;
}

static int ask_for(const struct xendispl_req *request, struct xendispl_resp *response)
{
	uint16_t id = next_id;
	int status;

	put(request);
	push();
	status = receive(response);
	if (status != NO_ANSWER && (response->id != id || response->operation != request->operation))
		printf("hostile: the response is another one\n");
	return status;
}

static int ask(const struct xendispl_req *request)
{
	struct xendispl_resp response;

	return ask_for(request, &response);
}

static uint32_t *directory;
static uint32_t directory_ref, refs[PAGES];

static void prepare_memory(void)
{
	unsigned int word;

	directory = share(&directory_ref, 1);
	share(refs, PAGES);
	for (word = 1; word < PAGE / sizeof(*directory); word++)
		directory[word] = NOT_SHARED;
	memcpy(directory + 1, refs, sizeof(refs));
}

static struct xendispl_req create(uint64_t cookie)
{
	return (struct xendispl_req){
		.operation = XENDISPL_OP_DBUF_CREATE,
		.op.dbuf_create = {
			.dbuf_cookie = cookie, .width = WIDTH, .height = HEIGHT, .bpp = 32,
			.buffer_sz = BYTES, .gref_directory = directory_ref,
		},
	};
}

static struct xendispl_req destroy(uint64_t cookie)
{
	return (struct xendispl_req){
		.operation = XENDISPL_OP_DBUF_DESTROY, .op.dbuf_destroy.dbuf_cookie = cookie,
	};
}

static struct xendispl_req attach(uint64_t buffer, uint64_t cookie, uint32_t width,
				  uint32_t height, uint32_t format)
{
	return (struct xendispl_req){
		.operation = XENDISPL_OP_FB_ATTACH,
		.op.fb_attach = { buffer, cookie, width, height, format },
	};
}

static struct xendispl_req with_cookie(uint8_t operation, uint64_t cookie)
{
	return (struct xendispl_req){
		.operation = operation, .op.pg_flip.fb_cookie = cookie,
	};
}

static void bad_requests(void)
{
	struct xendispl_req request = { .operation = 0xff };

	tell("unknown operation", ask(&request));
	request = create(0);
	tell("cookie 0", ask(&request));
	request = create(1);
	request.op.dbuf_create.width = 0;
	tell("no width", ask(&request));
	request = create(1);
	request.op.dbuf_create.bpp = 7;
	tell("odd bpp", ask(&request));
	request = create(1);
	request.op.dbuf_create.buffer_sz = BYTES - 1;
	tell("too short", ask(&request));
	request = create(1);
	request.op.dbuf_create.data_ofs = 0xfffff000;
	tell("offset beyond the end", ask(&request));
	request = create(1);
	request.op.dbuf_create.buffer_sz = 0xffffffff;
	tell("4 GiB", ask(&request));
	request = create(1);
	request.op.dbuf_create.gref_directory = NOT_SHARED;
	tell("directory that is not shared", ask(&request));
	request = create(1);
	request.op.dbuf_create.flags = 0x80;
	tell("unknown flag", ask(&request));
	request = destroy(1);
	tell("destroy of nothing", ask(&request));
	request = attach(1, 1, WIDTH, HEIGHT, XR24);
	tell("attach to nothing", ask(&request));
	request = with_cookie(XENDISPL_OP_PG_FLIP, 1);
	tell("flip to nothing", ask(&request));
}

static void bad_references(void)
{
	struct xendispl_req request = create(1);
	uint32_t kept = directory[1];

	directory[1] = NOT_SHARED;
	tell("reference that is not shared", ask(&request));
	directory[1] = kept;
	/* A list that goes on for ever, with one page for all references. */
	directory[0] = directory_ref;
	request.op.dbuf_create.width = 1024;
	request.op.dbuf_create.height = 1024;
	request.op.dbuf_create.buffer_sz = 1024 * 1024 * 4;
	tell("list without an end", ask(&request));
	directory[0] = 0;
	tell("list that is too short", ask(&request));
}

static void frames(void)
{
	struct xendispl_req request = create(1);

	tell("create", ask(&request));
	tell("the same cookie", ask(&request));
	request = attach(1, 1, WIDTH + 1, HEIGHT, XR24);
	tell("frame wider than its buffer", ask(&request));
	request = attach(1, 1, WIDTH, HEIGHT, 0x12345678);
	tell("unknown format", ask(&request));
	request = attach(1, 1, WIDTH, HEIGHT, XR24);
	tell("attach", ask(&request));
	tell("attach again", ask(&request));
	request = with_cookie(XENDISPL_OP_SET_CONFIG, 1);
	request.op.set_config.x = 0xffffffff;
	tell("position outside", ask(&request));
	request.op.set_config.x = 0;
	tell("show", ask(&request));
	/* The backend must not believe the counters of the page. */
	page->in_cons = 0x12345678;
	page->in_prod = 0x87654321;
	request = with_cookie(XENDISPL_OP_PG_FLIP, 1);
	tell("flip", ask(&request));
	/* The frame is on the screen, and perhaps in a flip. */
	request = destroy(1);
	tell("destroy while shown", ask(&request));
}

static void too_many(void)
{
	struct xendispl_req request;
	uint64_t cookie;
	int status = 0;

	for (cookie = 1; cookie < 10000 && !status; cookie++) {
		request = create(cookie);
		status = ask(&request);
	}
	tell("too many buffers", status);
}

/* Requests faster than they can be answered. */
static void flood(void)
{
	struct xendispl_req request = { .operation = 0xff };
	struct xendispl_resp response;
	unsigned int sent = 0, answered = 0, more;

	while (answered < FLOOD) {
		for (more = 0; more < 16 && !RING_FULL(&ring) && sent < FLOOD; more++, sent++)
			put(&request);
		push();
		if (receive(&response) == NO_ANSWER)
			break;
		answered++;
	}
	printf("flood: %u of %u answered\n", answered, sent);
}

static void edid(void)
{
	struct xendispl_req request = { .operation = XENDISPL_OP_GET_EDID };
	uint32_t edid_refs[XENDISPL_EDID_MAX_SIZE / PAGE], list_ref, *list;
	struct xendispl_resp response;
	uint8_t *block, sum = 0;
	unsigned int i;

	block = share(edid_refs, XENDISPL_EDID_MAX_SIZE / PAGE);
	list = share(&list_ref, 1);
	memcpy(list + 1, edid_refs, sizeof(edid_refs));
	request.op.get_edid.gref_directory = list_ref;
	request.op.get_edid.buffer_sz = 128;
	tell("short EDID buffer", ask(&request));
	request.op.get_edid.buffer_sz = XENDISPL_EDID_MAX_SIZE;
	request.op.get_edid.gref_directory = NOT_SHARED;
	tell("EDID to nowhere", ask(&request));
	request.op.get_edid.gref_directory = list_ref;
	tell("EDID", ask_for(&request, &response));
	for (i = 0; i < 128; i++)
		sum = (uint8_t)(sum + block[i]);
	printf("EDID: %u bytes, sum %u, width %u\n", response.op.get_edid.edid_sz, sum,
	       block[56] | (block[58] & 0xf0) << 4);
	/* The EDID for a program of others. */
	i = (unsigned int)open("/tmp/edid", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (write((int)i, block, 128) != 128)
		die("edid");
	close((int)i);
}

static void broken_ring(void)
{
	ring.sring->req_prod += 1000;
	xenevtchn_notify(events, (evtchn_port_t)req_port);
	printf("ring with 1000 requests too many: %s\n",
	       wait_state(XenbusStateClosed) ? "closed" : "nothing happens");
	write_number(FRONT "/state", XenbusStateClosed);
}

static void bad_nodes(void)
{
	write_number(FRONT "/state", XenbusStateInitialising);
	if (!wait_state(XenbusStateInitWait))
		die("the backend does not wait for bad nodes");
	write_number(CONNECTOR "/req-ring-ref", NOT_SHARED);
	write_number(FRONT "/state", XenbusStateInitialised);
	printf("ring that is not shared: %s\n",
	       wait_state(XenbusStateClosed) ? "closed" : "nothing happens");
}

int main(void)
{
	store = xs_open(0);
	events = xenevtchn_open(NULL, 0);
	shares = xengntshr_open(NULL, 0);
	if (!store || !events || !shares)
		die("open");
	find_backend();
	prepare_memory();
	connect_backend();
	bad_requests();
	bad_references();
	frames();
	edid();
	flood();
	disconnect();
	connect_backend();
	too_many();
	broken_ring();
	bad_nodes();
	connect_backend();
	printf("hostile: done\n");
	/* The process ends without a word to the backend. */
	return 0;
}
