// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "connector.h"
#include "display.h"
#include "displd.h"
#include "output.h"

#define MAX_CONNECTORS	16U
/* How many events are noted in a turn. */
#define MAX_EVENTS	1000U
#define WATCH_BACKEND	"backend"
#define WATCH_RELEASE	"release"

/**
 * struct display - a device of a guest
 * @back: xenstore path of our side
 * @front: path of the guest's side, which the guest can write
 * @token: of the watch on the guest's state
 * @connected: the connectors are in use
 * @failed: the guest broke the protocol; nothing is done for it until it begins anew
 * @waits: no output has a free screen
 * @changed: its nodes in xenstore have to be looked at
 * @looked: when that was done last, in turns of all displays
 */
struct display {
	struct display *next;
	uint32_t domid;
	unsigned int device;
	char *back, *front;
	char token[32];
	bool connected, failed, waits, changed;
	uint64_t looked;
	struct buffers buffers;
	struct connector connectors[MAX_CONNECTORS];
	unsigned int nr_connectors;
};

static struct display *displays;
static char *root;
/* A screen has become free, and a domain has ended. */
static bool screen_freed, domain_gone;
/* Turns of connectors and of displays. Who had none for the longest time is next. */
static uint64_t turns;

void screen_is_free(void)
{
	screen_freed = true;
}

static void set_state(struct display *display, enum xenbus_state state)
{
	char number[8];

	/* The toolstack may have removed the device. What is written then would stay. */
	snprintf(number, sizeof(number), "%d", (int)state);
	store_write_beside(number, display->back, "state", "frontend-id");
}

static enum xenbus_state state_at(const char *path)
{
	return (enum xenbus_state)store_number(XenbusStateUnknown, "%s/state", path);
}

static void disconnect(struct display *display)
{
	unsigned int i;

	if (!display->connected)
		return;
	display->connected = false;
	buffers_close(&display->buffers);
	for (i = 0; i < display->nr_connectors; i++)
		connector_close(&display->connectors[i]);
	display->nr_connectors = 0;
	screen_freed = true;
	say("domain %u display %u: disconnected", display->domid, display->device);
}

/* Takes the display away. The frontend sees Closed and gives its resources up. */
static void shut(struct display *display)
{
	set_state(display, XenbusStateClosing);
	disconnect(display);
	set_state(display, XenbusStateClosed);
}

/* The toolstack says which connectors there are. A guest could make nodes for more. */
static bool is_made_by_guest(const struct display *display, const char *path)
{
	return store_owner(display->domid, "%s/" XENDISPL_FIELD_RESOLUTION, path) ==
	       display->domid;
}

static int open_connectors(struct display *display, struct output *output)
{
	char path[XENSTORE_ABS_PATH_MAX];
	int error;

	display->buffers.output = output;
	for (; display->nr_connectors < MAX_CONNECTORS; display->nr_connectors++) {
		snprintf(path, sizeof(path), "%s/%u", display->front, display->nr_connectors);
		if (display->nr_connectors && is_made_by_guest(display, path))
			break;
		error = connector_open(&display->connectors[display->nr_connectors],
				       &display->buffers, display->domid, display->nr_connectors,
				       path);
		if (error == -ENOENT)
			break;
		if (error)
			return error;
	}
	return display->nr_connectors ? 0 : -ENOENT;
}

static void close_connectors(struct display *display)
{
	while (display->nr_connectors)
		connector_close(&display->connectors[--display->nr_connectors]);
}

/* All connectors of a display use one output, because frame buffers belong to an output. */
static int find_output(struct display *display)
{
	int error = -ENODEV;
	unsigned int i;

	for (i = 0; i < server.nr_outputs; i++) {
		/* Each port that is bound has an event, and the kernel has room for some only. */
		displays_event_ready();
		error = open_connectors(display, server.outputs[i]);
		if (!error)
			return 0;
		close_connectors(display);
		if (error != -EBUSY)
			break;
	}
	return error;
}

static void on_port(evtchn_port_t port)
{
	struct display *display;
	unsigned int i;

	for (display = displays; display; display = display->next) {
		for (i = 0; i < display->nr_connectors; i++) {
			if (display->connectors[i].req_port != (int)port)
				continue;
			display->connectors[i].received++;
			display->connectors[i].more = true;
			return;
		}
	}
}

/* Only notes which rings have requests. A port that is unmasked can have the next event at once. */
void displays_event_ready(void)
{
	unsigned int left = MAX_EVENTS;
	xenevtchn_port_or_error_t port;

	while (left-- && (port = xenevtchn_pending(server.events)) >= 0) {
		on_port((evtchn_port_t)port);
		xenevtchn_unmask(server.events, (evtchn_port_t)port);
	}
	if (port >= 0 || errno == EAGAIN)
		return;
	/* Events that the kernel had no room for: no guest can be served any more. */
	say("cannot read the event channels: %s", strerror(errno));
	exit(EXIT_FAILURE);
}

static void connect_display(struct display *display)
{
	int error = find_output(display);
	unsigned int i;

	if (error == -EBUSY) {
		if (!display->waits)
			say("domain %u display %u: waits for a free screen", display->domid,
			    display->device);
		display->waits = true;
		return;
	}
	display->waits = false;
	if (error) {
		say("domain %u display %u: cannot connect: %s", display->domid, display->device,
		    strerror(-error));
		display->failed = true;
		shut(display);
		return;
	}
	display->connected = true;
	/* It does not go before those that wait already. */
	for (i = 0; i < display->nr_connectors; i++)
		display->connectors[i].served = turns;
	say("domain %u display %u: connected, %u connectors", display->domid, display->device,
	    display->nr_connectors);
	set_state(display, XenbusStateConnected);
}

/* The frontend begins, or it has ended and may come back. */
static void await_frontend(struct display *display)
{
	display->failed = false;
	set_state(display, XenbusStateInitWait);
}

static void step(struct display *display)
{
	enum xenbus_state back = state_at(display->back), front = state_at(display->front);

	/* The toolstack removes the device, and the guest cannot connect again. */
	if (back == XenbusStateClosing || !store_number(1, "%s/online", display->back)) {
		if (back != XenbusStateClosed || display->connected)
			shut(display);
		return;
	}
	switch (front) {
	case XenbusStateInitialising:
		if (display->connected)
			shut(display);
		if (back != XenbusStateInitWait)
			await_frontend(display);
		break;
	case XenbusStateInitialised:
		if (!display->connected && !display->failed)
			connect_display(display);
		break;
	case XenbusStateConnected:
		/* It was connected to a backend that has died. */
		if (!display->connected && back == XenbusStateConnected)
			shut(display);
		break;
	case XenbusStateClosing:
	case XenbusStateClosed:
	case XenbusStateUnknown:
		if (display->connected || display->failed || back == XenbusStateInitialising ||
		    back == XenbusStateConnected) {
			shut(display);
			await_frontend(display);
		}
		break;
	default:
		break;
	}
}

static void display_free(struct display *display)
{
	if (display->front)
		xs_unwatch(server.store, display->front, display->token);
	disconnect(display);
	if (display->buffers.guest)
		guest_put(display->buffers.guest);
	free(display->back);
	free(display->front);
	free(display);
}

static struct display **find_display(uint32_t domid, unsigned int device)
{
	struct display **link = &displays;

	while (*link && ((*link)->domid != domid || (*link)->device != device))
		link = &(*link)->next;
	return link;
}

static struct display *display_new(uint32_t domid, unsigned int device)
{
	struct display *display = calloc(1, sizeof(*display));

	if (!display)
		return NULL;
	display->domid = domid;
	display->device = device;
	snprintf(display->token, sizeof(display->token), "%u/%u", domid, device);
	if (asprintf(&display->back, "%s/%u/%u", root, domid, device) < 0)
		display->back = NULL;
	display->front = store_read("%s/%u/%u/frontend", root, domid, device);
	display->buffers.guest = guest_get(domid);
	if (display->back && display->front && display->buffers.guest &&
	    xs_watch(server.store, display->front, display->token))
		return display;
	say("domain %u display %u: cannot watch it: %s", domid, device, strerror(errno));
	display_free(display);
	return NULL;
}

/* The toolstack has made, changed or removed the nodes of a device. */
static void look_at(uint32_t domid, unsigned int device)
{
	struct display **link = find_display(domid, device), *display = *link;
	uint32_t frontend = store_number(UINT32_MAX, "%s/%u/%u/frontend-id", root, domid, device);

	if (frontend != domid) {
		if (!display)
			return;
		*link = display->next;
		display_free(display);
		return;
	}
	if (!display) {
		display = display_new(domid, device);
		if (!display)
			return;
		display->next = displays;
		displays = display;
		store_write("2", "%s/" XENDISPL_FIELD_BE_VERSIONS, display->back);
	}
	step(display);
}

/*
 * The domain is gone or dies. Its displays end, even if the toolstack keeps their nodes. A driver
 * domain is not told.
 */
static bool is_dead(const struct display *display)
{
	errno = 0;
	return !xs_is_domain_introduced(server.store, display->domid) && errno != EACCES;
}

static void look_for_dead(void)
{
	struct display *display;

	domain_gone = false;
	for (display = displays; display; display = display->next)
		if (display->connected && is_dead(display))
			shut(display);
}

static void on_watch(const char *path, const char *token)
{
	bool of_backend = !strcmp(token, WATCH_BACKEND);
	struct display *display;
	unsigned int domid, device;

	if (!strcmp(token, WATCH_RELEASE)) {
		domain_gone = true;
		return;
	}
	if (of_backend ? sscanf(path + strlen(root), "/%u/%u", &domid, &device) != 2 :
			 sscanf(token, "%u/%u", &domid, &device) != 2)
		return;
	display = *find_display(domid, device);
	if (display)
		display->changed = true;
	else if (of_backend)
		look_at(domid, device);
}

/*
 * A guest can cause events as fast as they are handled, and libxenstore keeps any number. So they
 * are only noted here, which is faster than the guest.
 */
void displays_store_ready(void)
{
	unsigned int left = MAX_EVENTS;
	char **event;

	while (left-- && (event = xs_check_watch(server.store))) {
		on_watch(event[XS_WATCH_PATH], event[XS_WATCH_TOKEN]);
		free(event);
	}
}

static void handle_requests(struct display *display, struct connector *connector)
{
	if (!connector_requests(connector))
		return;
	say("domain %u display %u: broke the protocol of the ring", display->domid,
	    display->device);
	display->failed = true;
	shut(display);
}

static void serve_waiting(void)
{
	struct display *display;

	screen_freed = false;
	for (display = displays; display; display = display->next)
		if (display->waits)
			step(display);
}

/* Looks at the nodes of the next display whose nodes have changed. */
static bool look_at_next(void)
{
	struct display *display, *next = NULL;

	for (display = displays; display; display = display->next)
		if (display->changed && (!next || display->looked < next->looked))
			next = display;
	if (!next)
		return false;
	next->changed = false;
	next->looked = ++turns;
	look_at(next->domid, next->device);
	return true;
}

/* Handles requests of the next connector that has some. */
static bool serve_next(void)
{
	struct display *display, *its_display = NULL;
	struct connector *connector, *next = NULL;
	unsigned int i;

	for (display = displays; display; display = display->next) {
		for (i = 0; i < display->nr_connectors; i++) {
			connector = &display->connectors[i];
			if (!connector->more || (next && connector->served >= next->served))
				continue;
			next = connector;
			its_display = display;
		}
	}
	if (!next)
		return false;
	next->served = ++turns;
	handle_requests(its_display, next);
	return true;
}

bool displays_more(void)
{
	bool more;

	if (domain_gone)
		look_for_dead();
	if (screen_freed)
		serve_waiting();
	more = look_at_next();
	more |= serve_next();
	return more;
}

/* A watch fires once when it is set. The displays that exist are found by name. */
static void find_all(void)
{
	unsigned int domains, devices, d, i;
	char path[XENSTORE_ABS_PATH_MAX];
	char **domain, **device;

	domain = xs_directory(server.store, XBT_NULL, root, &domains);
	for (d = 0; domain && d < domains; d++) {
		snprintf(path, sizeof(path), "%s/%s", root, domain[d]);
		device = xs_directory(server.store, XBT_NULL, path, &devices);
		for (i = 0; device && i < devices; i++)
			look_at((uint32_t)atoi(domain[d]), (unsigned int)atoi(device[i]));
		free(device);
	}
	free(domain);
}

static void report_connector(const struct display *display, const struct connector *connector)
{
	say("domain %u display %u connector %u: %" PRIu64 " flips, %" PRIu64
	    " notifications sent, %" PRIu64 " received", display->domid, display->device,
	    connector->index, connector->flips, connector->sent, connector->received);
}

void displays_report(void)
{
	const struct display *display;
	unsigned int i;

	for (display = displays; display; display = display->next) {
		if (!display->connected)
			continue;
		say("domain %u display %u: %u buffers, %" PRIu64 " KiB of its guest, %" PRIu64
		    " bytes copied", display->domid, display->device,
		    guest_buffers(display->buffers.guest),
		    guest_bytes(display->buffers.guest) / 1024, display->buffers.copied);
		for (i = 0; i < display->nr_connectors; i++)
			report_connector(display, &display->connectors[i]);
	}
}

int displays_open(void)
{
	char *home = xs_get_domain_path(server.store, server.domid);
	int length;

	if (!home)
		return -errno;
	length = asprintf(&root, "%s/backend/" XENDISPL_DRIVER_NAME, home);
	free(home);
	if (length < 0)
		return -ENOMEM;
	if (!xs_watch(server.store, root, WATCH_BACKEND) ||
	    !xs_watch(server.store, "@releaseDomain", WATCH_RELEASE))
		return -errno;
	find_all();
	return 0;
}

void displays_close(void)
{
	struct display *display;

	while ((display = displays)) {
		displays = display->next;
		shut(display);
		display_free(display);
	}
	free(root);
}
