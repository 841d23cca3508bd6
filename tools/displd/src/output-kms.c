// SPDX-License-Identifier: GPL-2.0
/*
 * A DRM device. Each of its connectors that has a monitor is a screen. The kernel's events tell
 * when monitors are plugged in and out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "card.h"
#include "displd.h"
#include "loop.h"
#include "output.h"

#define MAX_SCREENS	16

/* The group of the kernel's own events. Programs cannot send to it. */
#define UEVENT_KERNEL	1U

/**
 * struct kms_screen - a connector of the device
 * @crtc: what drives it; 0 if it is not claimed
 * @connected: it has a monitor
 * @on: the CRTC shows a frame, with @mode
 * @stale: the guest before has asked for a flip that is not done yet
 */
struct kms_screen {
	struct screen screen;
	char name[32];
	uint32_t connector, crtc;
	bool connected, on, flipping, stale;
	drmModeModeInfo mode;
};

/**
 * struct kms - the output
 * @events: the DRM device
 * @uevents: a netlink socket, or -1
 */
struct kms {
	struct output output;
	struct source events, uevents;
	struct kms_screen screens[MAX_SCREENS];
	unsigned int nr_screens;
};

struct kms_frame {
	struct kms *kms;
	uint32_t fb;
};

static bool has_screens(int drm)
{
	drmModeResPtr resources = drmModeGetResources(drm);
	bool has = resources && resources->count_connectors && resources->count_crtcs;

	drmModeFreeResources(resources);
	return has;
}

static bool crtc_is_taken(const struct kms *kms, uint32_t crtc)
{
	unsigned int i;

	for (i = 0; i < kms->nr_screens; i++)
		if (kms->screens[i].crtc == crtc)
			return true;
	return false;
}

/* A CRTC that can drive the connector and has no other one; 0 if there is none. Probes no monitor. */
static uint32_t find_crtc(const struct kms *kms, const struct kms_screen *screen)
{
	drmModeConnectorPtr connector = drmModeGetConnectorCurrent(kms->events.fd,
								   screen->connector);
	drmModeResPtr resources = drmModeGetResources(kms->events.fd);
	uint32_t possible = 0, crtc = 0;
	drmModeEncoderPtr encoder;
	int i;

	for (i = 0; connector && i < connector->count_encoders; i++) {
		encoder = drmModeGetEncoder(kms->events.fd, connector->encoders[i]);
		if (encoder)
			possible |= encoder->possible_crtcs;
		drmModeFreeEncoder(encoder);
	}
	for (i = 0; resources && i < resources->count_crtcs && !crtc; i++)
		if (possible & 1U << i && !crtc_is_taken(kms, resources->crtcs[i]))
			crtc = resources->crtcs[i];
	drmModeFreeResources(resources);
	drmModeFreeConnector(connector);
	return crtc;
}

/* The screen of a connector, which is made if there is none yet. */
static struct kms_screen *screen_of(struct kms *kms, const drmModeConnector *connector)
{
	struct kms_screen *screen;
	const char *type;
	unsigned int i;

	for (i = 0; i < kms->nr_screens; i++)
		if (kms->screens[i].connector == connector->connector_id)
			return &kms->screens[i];
	if (kms->nr_screens == MAX_SCREENS)
		return NULL;
	screen = &kms->screens[kms->nr_screens++];
	type = drmModeGetConnectorTypeName(connector->connector_type);
	snprintf(screen->name, sizeof(screen->name), "%s-%u", type ? type : "Unknown",
		 connector->connector_type_id);
	screen->screen.output = &kms->output;
	screen->connector = connector->connector_id;
	return screen;
}

/* Returns true if the connector has a monitor that it did not have before. */
static bool look_at_connector(struct kms *kms, uint32_t id)
{
	drmModeConnectorPtr connector = drmModeGetConnector(kms->events.fd, id);
	struct kms_screen *screen = NULL;
	bool had = false;

	if (connector && connector->connector_type != DRM_MODE_CONNECTOR_WRITEBACK)
		screen = screen_of(kms, connector);
	if (screen) {
		had = screen->connected;
		screen->connected = connector->connection != DRM_MODE_DISCONNECTED;
	}
	drmModeFreeConnector(connector);
	return screen && screen->connected && !had;
}

/* Returns true if a screen has appeared. One that is claimed stays so without its monitor. */
static bool look_for_screens(struct kms *kms)
{
	drmModeResPtr resources = drmModeGetResources(kms->events.fd);
	bool appeared = false;
	int i;

	for (i = 0; resources && i < resources->count_connectors; i++)
		appeared |= look_at_connector(kms, resources->connectors[i]);
	drmModeFreeResources(resources);
	return appeared;
}

/* An event is a list of strings, of which one names the subsystem. */
static bool is_about_drm(const char *event, size_t length)
{
	static const char wanted[] = "SUBSYSTEM=drm";

	return memmem(event, length, wanted, sizeof(wanted));
}

static void on_uevent(struct source *source)
{
	struct kms *kms = (void *)((char *)source - offsetof(struct kms, uevents));
	char event[8192];
	ssize_t length = recv(source->fd, event, sizeof(event), 0);

	/* ENOBUFS: events were lost, so this may be one of those. */
	if (length < 0 && errno != ENOBUFS)
		return;
	if ((length < 0 || is_about_drm(event, (size_t)length)) && look_for_screens(kms))
		screen_is_free();
}

/* Without the events, the monitors that are there at the start are the only ones. */
static void listen_to_kernel(struct kms *kms)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = UEVENT_KERNEL };

	kms->uevents.ready = on_uevent;
	kms->uevents.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
				 NETLINK_KOBJECT_UEVENT);
	if (kms->uevents.fd >= 0 &&
	    !bind(kms->uevents.fd, (struct sockaddr *)&address, sizeof(address)) &&
	    !loop_add(&kms->uevents))
		return;
	say("cannot listen for monitors that are plugged in: %s", strerror(errno));
	if (kms->uevents.fd >= 0)
		close(kms->uevents.fd);
	kms->uevents.fd = -1;
}

static void on_flip(int fd, unsigned int sequence, unsigned int seconds,
		    unsigned int microseconds, void *data)
{
	struct kms_screen *screen = data;

	(void)fd, (void)sequence, (void)seconds, (void)microseconds;
	if (screen->stale) {
		screen->stale = false;
		return;
	}
	screen->flipping = false;
	screen_flipped(&screen->screen);
}

static void on_events(struct source *source)
{
	drmEventContext context = { .version = 2, .page_flip_handler = on_flip };

	drmHandleEvent(source->fd, &context);
}

static struct output *kms_open(const char *words)
{
	struct kms *kms = calloc(1, sizeof(*kms));

	if (!kms)
		return NULL;
	kms->output.class = &output_kms;
	kms->events.ready = on_events;
	kms->events.fd = card_open(words, has_screens);
	if (kms->events.fd < 0) {
		say("cannot open the DRM device '%s' (%s); name a node of /dev/dri or a driver",
		    words ? words : "", strerror(errno));
		goto free_kms;
	}
	if (drmSetMaster(kms->events.fd)) {
		say("another program shows pictures on '%s' (%s); end it first",
		    words ? words : "the device", strerror(errno));
		goto close_card;
	}
	if (loop_add(&kms->events)) {
		say("cannot poll: %s", strerror(errno));
		goto close_card;
	}
	listen_to_kernel(kms);
	if (!look_for_screens(kms))
		say("'%s' has no monitor yet", words ? words : "the device");
	return &kms->output;

close_card:
	close(kms->events.fd);
free_kms:
	free(kms);
	return NULL;
}

static void kms_close(struct output *output)
{
	struct kms *kms = (struct kms *)output;

	if (kms->uevents.fd >= 0) {
		loop_remove(&kms->uevents);
		close(kms->uevents.fd);
	}
	loop_remove(&kms->events);
	close(kms->events.fd);
	free(kms);
}

static void close_handle(int drm, uint32_t handle)
{
	struct drm_gem_close args = { .handle = handle };

	drmIoctl(drm, DRM_IOCTL_GEM_CLOSE, &args);
}

static int kms_alloc(struct output *output, uint32_t width, uint32_t height, uint32_t stride,
		     uint32_t bpp, uint64_t size, struct memory *memory)
{
	struct drm_mode_create_dumb dumb = { .width = width, .bpp = bpp };
	struct kms *kms = (struct kms *)output;
	int error = 0;

	(void)height;
	/* The guest may want more bytes than its picture has. */
	dumb.height = (uint32_t)((size + stride - 1) / stride);
	if (drmIoctl(kms->events.fd, DRM_IOCTL_MODE_CREATE_DUMB, &dumb))
		return -errno;
	if (drmPrimeHandleToFD(kms->events.fd, dumb.handle, DRM_CLOEXEC | DRM_RDWR, &memory->fd))
		error = -errno;
	memory->size = dumb.size;
	/* The dma-buf holds the memory. */
	close_handle(kms->events.fd, dumb.handle);
	return error;
}

/* The device may not list a mode of this size. Virtual ones take any. */
static void make_mode(drmModeModeInfo *mode, uint32_t width, uint32_t height)
{
	*mode = (drmModeModeInfo){
		.hdisplay = (uint16_t)width, .hsync_start = (uint16_t)(width + 48),
		.hsync_end = (uint16_t)(width + 80), .htotal = (uint16_t)(width + 160),
		.vdisplay = (uint16_t)height, .vsync_start = (uint16_t)(height + 3),
		.vsync_end = (uint16_t)(height + 8), .vtotal = (uint16_t)(height + 30),
		.vrefresh = 60, .type = DRM_MODE_TYPE_USERDEF,
		.flags = DRM_MODE_FLAG_PHSYNC | DRM_MODE_FLAG_NVSYNC,
	};
	mode->clock = (uint32_t)((uint64_t)mode->htotal * mode->vtotal * mode->vrefresh / 1000);
	snprintf(mode->name, sizeof(mode->name), "%ux%u", width, height);
}

static void find_mode(struct kms *kms, struct kms_screen *screen, uint32_t width, uint32_t height)
{
	drmModeConnectorPtr connector;
	const drmModeModeInfo *mode;
	int i;

	if (screen->mode.hdisplay == width && screen->mode.vdisplay == height)
		return;
	/* Without a probe of the monitor, which takes long: a guest can ask for modes at any rate. */
	connector = drmModeGetConnectorCurrent(kms->events.fd, screen->connector);
	make_mode(&screen->mode, width, height);
	for (i = 0; connector && i < connector->count_modes; i++) {
		mode = &connector->modes[i];
		if (mode->hdisplay != width || mode->vdisplay != height)
			continue;
		screen->mode = *mode;
		break;
	}
	drmModeFreeConnector(connector);
}

static struct screen *kms_claim(struct output *output, const char *name, uint32_t domid,
				uint32_t width, uint32_t height)
{
	struct kms *kms = (struct kms *)output;
	struct kms_screen *screen = NULL;
	uint32_t crtc = 0, found;
	unsigned int i;

	(void)domid;
	if (width > UINT16_MAX - 160 || height > UINT16_MAX - 30)
		return NULL;
	/* The connector of that name, else the first one that is free. */
	for (i = 0; i < kms->nr_screens; i++) {
		if (!kms->screens[i].connected || kms->screens[i].crtc)
			continue;
		if (screen && (!name || strcmp(kms->screens[i].name, name)))
			continue;
		found = find_crtc(kms, &kms->screens[i]);
		if (!found)
			continue;
		screen = &kms->screens[i];
		crtc = found;
	}
	if (!screen)
		return NULL;
	screen->crtc = crtc;
	/* Another monitor may be there now, with other modes. */
	screen->mode = (drmModeModeInfo){ 0 };
	return &screen->screen;
}

static int switch_off(struct kms_screen *screen)
{
	struct kms *kms = (struct kms *)screen->screen.output;

	if (screen->on && drmModeSetCrtc(kms->events.fd, screen->crtc, 0, 0, 0, NULL, 0, NULL))
		return -errno;
	screen->on = false;
	return 0;
}

static void kms_release(struct screen *base)
{
	struct kms_screen *screen = (struct kms_screen *)base;

	switch_off(screen);
	screen->crtc = 0;
	screen->stale |= screen->flipping;
	screen->on = screen->flipping = false;
}

static struct frame *kms_attach(struct output *output, int fd, const struct frame_format *format,
				int *error)
{
	uint32_t handle, handles[4] = { 0 }, strides[4] = { 0 }, offsets[4] = { 0 };
	struct kms *kms = (struct kms *)output;
	struct kms_frame *frame = calloc(1, sizeof(*frame));

	*error = -ENOMEM;
	if (!frame)
		return NULL;
	frame->kms = kms;
	if (drmPrimeFDToHandle(kms->events.fd, fd, &handle)) {
		*error = -errno;
		free(frame);
		return NULL;
	}
	handles[0] = handle;
	strides[0] = format->stride;
	offsets[0] = format->offset;
	*error = drmModeAddFB2(kms->events.fd, format->width, format->height, format->fourcc,
			       handles, strides, offsets, &frame->fb, 0);
	/* The frame buffer holds the memory. */
	close_handle(kms->events.fd, handle);
	if (!*error)
		return (struct frame *)frame;
	free(frame);
	return NULL;
}

static void kms_detach(struct frame *base)
{
	struct kms_frame *frame = (struct kms_frame *)base;

	/* This blanks a screen that shows it. */
	drmModeRmFB(frame->kms->events.fd, frame->fb);
	free(frame);
}

static int kms_show(struct screen *base, struct frame *base_frame, const struct area *area)
{
	struct kms_frame *frame = (struct kms_frame *)base_frame;
	struct kms_screen *screen = (struct kms_screen *)base;
	struct kms *kms = (struct kms *)screen->screen.output;

	if (!frame)
		return switch_off(screen);
	find_mode(kms, screen, area->width, area->height);
	if (drmModeSetCrtc(kms->events.fd, screen->crtc, frame->fb, area->x, area->y,
			   &screen->connector, 1, &screen->mode))
		return -errno;
	screen->on = true;
	return 0;
}

static int kms_flip(struct screen *base, struct frame *frame)
{
	struct kms_screen *screen = (struct kms_screen *)base;
	struct kms *kms = (struct kms *)screen->screen.output;

	if (drmModePageFlip(kms->events.fd, screen->crtc, ((struct kms_frame *)frame)->fb,
			    DRM_MODE_PAGE_FLIP_EVENT, screen))
		return -errno;
	screen->flipping = true;
	return 0;
}

const struct output_class output_kms = {
	.name = "kms",
	.open = kms_open,
	.close = kms_close,
	.alloc = kms_alloc,
	.claim = kms_claim,
	.release = kms_release,
	.attach = kms_attach,
	.detach = kms_detach,
	.show = kms_show,
	.flip = kms_flip,
};
