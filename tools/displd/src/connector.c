// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "connector.h"
#include "displd.h"
#include "edid.h"
#include "output.h"

/* How long the requests of a ring are handled in a turn. */
#define TURN_NS		2000000ULL

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000ULL + (uint64_t)time.tv_nsec;
}

static void notify(struct connector *connector, xenevtchn_port_or_error_t port)
{
	connector->sent++;
	xenevtchn_notify(server.events, (evtchn_port_t)port);
}

static void respond(struct connector *connector, const struct xendispl_resp *response)
{
	int wanted;

	*RING_GET_RESPONSE(&connector->ring, connector->ring.rsp_prod_pvt) = *response;
	connector->ring.rsp_prod_pvt++;
	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&connector->ring, wanted);
	if (wanted)
		notify(connector, connector->req_port);
}

static void respond_status(struct connector *connector, uint16_t id, uint8_t operation, int status)
{
	struct xendispl_resp response = { .id = id, .operation = operation, .status = status };

	respond(connector, &response);
}

static void on_destroyed(void *arg, uint16_t id, int status)
{
	respond_status(arg, id, XENDISPL_OP_DBUF_DESTROY, status);
}

void screen_flipped(struct screen *screen)
{
	struct connector *connector = screen->connector;
	struct xendispl_event_page *page = connector->page;
	struct xendispl_evt event = {
		.id = connector->evt_id,
		.type = XENDISPL_EVT_PG_FLIP,
		.op.pg_flip.fb_cookie = connector->flip,
	};

	connector->flipping = false;
	/* The frontend expects the ids without a gap. It does not miss an event that has no room. */
	if (connector->evt_prod - *(volatile uint32_t *)&page->in_cons >= XENDISPL_IN_RING_LEN)
		return;
	XENDISPL_IN_RING_REF(page, connector->evt_prod) = event;
	xen_wmb();
	connector->evt_id++;
	page->in_prod = ++connector->evt_prod;
	notify(connector, connector->evt_port);
}

static int create_buffer(struct connector *connector, const struct xendispl_dbuf_create_req *asked)
{
	struct buffer_request request = {
		.cookie = asked->dbuf_cookie,
		.width = asked->width,
		.height = asked->height,
		.bpp = asked->bpp,
		.size = asked->buffer_sz,
		.offset = asked->data_ofs,
		.directory = asked->gref_directory,
		.allocate = asked->flags & XENDISPL_DBUF_FLG_REQ_ALLOC,
	};

	if (asked->flags & ~XENDISPL_DBUF_FLG_REQ_ALLOC)
		return -EINVAL;
	return buffer_create(connector->buffers, &request);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static int set_config(struct connector *connector, const struct xendispl_set_config_req *config)
{
	const struct output_class *class = connector->screen->output->class;
	struct area area = { .x = config->x, .y = config->y };
	struct frame *frame;

	if (!config->fb_cookie)
		return class->show(connector->screen, NULL, NULL);
	/* Linux gives the size of the frame buffer, which can be larger than the connector's. */
	area.width = smaller(config->width, connector->width);
	area.height = smaller(config->height, connector->height);
	if (!area.width || !area.height)
		return -EINVAL;
	frame = fb_frame(connector->buffers, config->fb_cookie);
	if (!frame)
		return -ENOENT;
	return class->show(connector->screen, frame, &area);
}

static int flip(struct connector *connector, uint64_t cookie)
{
	struct frame *frame;
	int error;

	/* fb_frame() may copy the picture, which takes long. */
	if (connector->flipping)
		return -EBUSY;
	frame = fb_frame(connector->buffers, cookie);
	if (!frame)
		return -ENOENT;
	error = connector->screen->output->class->flip(connector->screen, frame);
	if (error)
		return error;
	connector->flipping = true;
	connector->flip = cookie;
	connector->flips++;
	return 0;
}

static void get_edid(struct connector *connector, const struct xendispl_req *request)
{
	struct xendispl_resp response = { .id = request->id, .operation = request->operation };

	response.status = edid_send(connector->domid, request->op.get_edid.gref_directory,
				    request->op.get_edid.buffer_sz, connector->width,
				    connector->height);
	if (!response.status)
		response.op.get_edid.edid_sz = EDID_BYTES;
	respond(connector, &response);
}

/* Returns the status, or 1 if the response is sent elsewhere. */
static int handle(struct connector *connector, const struct xendispl_req *request)
{
	/* Buffers belong to the display. Their requests come through its first ring. */
	if (connector->index && request->operation >= XENDISPL_OP_DBUF_CREATE &&
	    request->operation <= XENDISPL_OP_FB_DETACH)
		return -EINVAL;

	switch (request->operation) {
	case XENDISPL_OP_DBUF_CREATE:
		return create_buffer(connector, &request->op.dbuf_create);
	case XENDISPL_OP_DBUF_DESTROY:
		return buffer_destroy(connector->buffers, request->op.dbuf_destroy.dbuf_cookie,
				      on_destroyed, connector, request->id) ?: 1;
	case XENDISPL_OP_FB_ATTACH:
		return fb_attach(connector->buffers, request->op.fb_attach.dbuf_cookie,
				 request->op.fb_attach.fb_cookie, request->op.fb_attach.width,
				 request->op.fb_attach.height, request->op.fb_attach.pixel_format);
	case XENDISPL_OP_FB_DETACH:
		return fb_detach(connector->buffers, request->op.fb_detach.fb_cookie);
	case XENDISPL_OP_SET_CONFIG:
		return set_config(connector, &request->op.set_config);
	case XENDISPL_OP_PG_FLIP:
		return flip(connector, request->op.pg_flip.fb_cookie);
	case XENDISPL_OP_GET_EDID:
		get_edid(connector, request);
		return 1;
	default:
		return -EOPNOTSUPP;
	}
}

int connector_requests(struct connector *connector)
{
	uint64_t end = now_ns() + TURN_NS;
	struct xendispl_req request;
	RING_IDX produced;
	int more, status;

	produced = *(volatile RING_IDX *)&connector->ring.sring->req_prod;
	xen_rmb();
	if (RING_REQUEST_PROD_OVERFLOW(&connector->ring, produced))
		return -EPROTO;
	/* The next one only while there is time, because other guests want their turn. */
	while (connector->ring.req_cons != produced && now_ns() < end) {
		RING_COPY_REQUEST(&connector->ring, connector->ring.req_cons, &request);
		connector->ring.req_cons++;
		status = handle(connector, &request);
		if (status <= 0)
			respond_status(connector, request.id, request.operation, status);
	}
	RING_FINAL_CHECK_FOR_REQUESTS(&connector->ring, more);
	connector->more = more;
	return 0;
}

static int map_page(uint32_t domid, const char *path, const char *node, void **page)
{
	uint32_t ref = store_number(0, "%s/%s", path, node);

	if (!ref)
		return -EINVAL;
	*page = xengnttab_map_grant_ref(server.grants, domid, ref, PROT_READ | PROT_WRITE);
	return *page ? 0 : -EINVAL;
}

static int bind_port(uint32_t domid, const char *path, const char *node,
		     xenevtchn_port_or_error_t *port)
{
	uint32_t remote = store_number(0, "%s/%s", path, node);

	if (!remote)
		return -EINVAL;
	*port = xenevtchn_bind_interdomain(server.events, domid, remote);
	return *port < 0 ? -errno : 0;
}

static int connect_ring(struct connector *connector, const char *path)
{
	void *page;
	int error;

	error = map_page(connector->domid, path, XENDISPL_FIELD_REQ_RING_REF, &page);
	if (error)
		return error;
	BACK_RING_INIT(&connector->ring, (struct xen_displif_sring *)page, PAGE);
	return bind_port(connector->domid, path, XENDISPL_FIELD_REQ_CHANNEL,
			 &connector->req_port);
}

static int connect_events(struct connector *connector, const char *path)
{
	void *page;
	int error;

	error = map_page(connector->domid, path, XENDISPL_FIELD_EVT_RING_REF, &page);
	if (error)
		return error;
	connector->page = page;
	connector->evt_prod = connector->page->in_prod;
	return bind_port(connector->domid, path, XENDISPL_FIELD_EVT_CHANNEL,
			 &connector->evt_port);
}

static int claim_screen(struct connector *connector, const char *path)
{
	struct output *output = connector->buffers->output;
	char *name, *resolution;
	int numbers;

	resolution = store_read("%s/%s", path, XENDISPL_FIELD_RESOLUTION);
	if (!resolution)
		return -ENOENT;
	numbers = sscanf(resolution, "%u" XENDISPL_RESOLUTION_SEPARATOR "%u", &connector->width,
			 &connector->height);
	free(resolution);
	if (numbers != 2 || !connector->width || !connector->height)
		return -EINVAL;
	name = store_read("%s/%s", path, XENDISPL_FIELD_UNIQUE_ID);
	connector->screen = output->class->claim(output, name, connector->domid, connector->width,
						 connector->height);
	free(name);
	if (!connector->screen)
		return -EBUSY;
	connector->screen->connector = connector;
	return 0;
}

int connector_open(struct connector *connector, struct buffers *buffers, uint32_t domid,
		   unsigned int index, const char *path)
{
	int error;

	*connector = (struct connector){
		.index = index, .domid = domid, .buffers = buffers,
		.req_port = -1, .evt_port = -1,
	};
	error = claim_screen(connector, path);
	if (!error)
		error = connect_ring(connector, path);
	if (!error)
		error = connect_events(connector, path);
	if (error)
		connector_close(connector);
	return error;
}

static void unbind(xenevtchn_port_or_error_t port)
{
	if (port >= 0)
		xenevtchn_unbind(server.events, (evtchn_port_t)port);
}

void connector_close(struct connector *connector)
{
	unbind(connector->req_port);
	unbind(connector->evt_port);
	if (connector->ring.sring)
		xengnttab_unmap(server.grants, connector->ring.sring, 1);
	if (connector->page)
		xengnttab_unmap(server.grants, connector->page, 1);
	if (connector->screen)
		connector->screen->output->class->release(connector->screen);
	*connector = (struct connector){ .req_port = -1, .evt_port = -1 };
}
