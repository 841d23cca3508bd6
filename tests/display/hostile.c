// SPDX-License-Identifier: GPL-2.0
/*
 * A frontend of the display protocol that lies. For each request it prints what the backend answers:
 *
 *   <scenario>: <status, or what happened>
 *
 * The last line is "hostile: done".
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "frontend.h"

#define FLOOD		3000U
#define CONNECTIONS	300U
/* A connector that the toolstack has not made. */
#define OWN_CONNECTOR	FRONT "/1"

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
	request = create(1);
	request.op.dbuf_create.flags = XENDISPL_DBUF_FLG_REQ_ALLOC;
	request.op.dbuf_create.width = 1;
	request.op.dbuf_create.buffer_sz = 1024 * 1024;
	tell("allocation out of shape", ask(&request));
	request.op.dbuf_create.height = 1;
	request.op.dbuf_create.data_ofs = 1024 * 1024 - 1;
	tell("the same with an offset", ask(&request));
	request = destroy(1);
	tell("destroy of nothing", ask(&request));
	request = attach(1, 1, WIDTH, HEIGHT, XR24);
	tell("attach to nothing", ask(&request));
	request = flip(1);
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
	request = show(1, 0xffffffff, 0, WIDTH, HEIGHT);
	tell("position outside", ask(&request));
	request = show(1, 1, 0, WIDTH, HEIGHT);
	tell("area outside", ask(&request));
	request = show(1, 0, 0, 0, HEIGHT);
	tell("area without width", ask(&request));
	request = show(1, 0, 0, WIDTH, HEIGHT);
	tell("show", ask(&request));
	/* The backend must not believe the counters of the page. */
	page->in_cons = 0x12345678;
	page->in_prod = 0x87654321;
	request = flip(1);
	tell("flip", ask(&request));
	/* The frame is on the screen, and perhaps in a flip. */
	request = destroy(1);
	tell("destroy while shown", ask(&request));
}

static void many_frames(void)
{
	struct xendispl_req request = create(1);
	uint64_t cookie;
	int status;

	status = ask(&request);
	for (cookie = 1; cookie < 100 && !status; cookie++) {
		request = attach(1, cookie, WIDTH, HEIGHT, XR24);
		status = ask(&request);
	}
	tell("too many frames", status);
	request = destroy(1);
	tell("destroy with frames", ask(&request));
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

/* Connections that end before the backend has seen them. */
static void restless(void)
{
	struct xendispl_req request = { .operation = 0xff };
	unsigned int i;

	for (i = 0; i < CONNECTIONS; i++) {
		write_number(FRONT "/state", XenbusStateInitialised);
		write_number(FRONT "/state", XenbusStateInitialising);
	}
	/* The backend has seen the last of them. */
	sleep(2);
	connect_backend();
	tell("after many connections", ask(&request));
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
	frontend_open();
	xs_write(store, XBT_NULL, OWN_CONNECTOR "/resolution", "1280x720", 8);
	connect_backend();
	bad_requests();
	bad_references();
	frames();
	many_frames();
	edid();
	flood();
	disconnect();
	connect_backend();
	restless();
	too_many();
	broken_ring();
	bad_nodes();
	connect_backend();
	xs_rm(store, XBT_NULL, OWN_CONNECTOR);
	printf("hostile: done\n");
	/* The process ends without a word to the backend. */
	return 0;
}
