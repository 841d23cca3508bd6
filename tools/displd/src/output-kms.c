// SPDX-License-Identifier: GPL-2.0
/* A DRM device. Each of its connectors that has a monitor is a screen. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

#include "card.h"
#include "displd.h"
#include "loop.h"
#include "output.h"

#define MAX_SCREENS	16

struct kms_screen {
	struct screen screen;
	char name[32];
	uint32_t connector, crtc;
	bool claimed, on, flipping;
	drmModeModeInfo mode;
};

struct kms {
	struct output output;
	struct source events;
	struct kms_screen screens[MAX_SCREENS];
	unsigned int nr_screens;
};

struct kms_frame {
	struct kms *kms;
	uint32_t fb;
	uint32_t width, height;
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

/* A CRTC that can drive the connector and has no other one; 0 if there is none. */
static uint32_t find_crtc(const struct kms *kms, const drmModeRes *resources,
			  const drmModeConnector *connector)
{
	drmModeEncoderPtr encoder;
	uint32_t possible = 0;
	int i;

	for (i = 0; i < connector->count_encoders; i++) {
		encoder = drmModeGetEncoder(kms->events.fd, connector->encoders[i]);
		if (encoder)
			possible |= encoder->possible_crtcs;
		drmModeFreeEncoder(encoder);
	}
	for (i = 0; i < resources->count_crtcs; i++)
		if (possible & 1U << i && !crtc_is_taken(kms, resources->crtcs[i]))
			return resources->crtcs[i];
	return 0;
}

static void add_screen(struct kms *kms, const drmModeRes *resources, uint32_t id)
{
	drmModeConnectorPtr connector = drmModeGetConnector(kms->events.fd, id);
	struct kms_screen *screen = &kms->screens[kms->nr_screens];
	const char *type;

	if (!connector)
		return;
	if (connector->connection != DRM_MODE_DISCONNECTED &&
	    connector->connector_type != DRM_MODE_CONNECTOR_WRITEBACK)
		screen->crtc = find_crtc(kms, resources, connector);
	if (screen->crtc) {
		type = drmModeGetConnectorTypeName(connector->connector_type);
		snprintf(screen->name, sizeof(screen->name), "%s-%u", type ? type : "Unknown",
			 connector->connector_type_id);
		screen->screen.output = &kms->output;
		screen->connector = id;
		kms->nr_screens++;
	}
	drmModeFreeConnector(connector);
}

static void add_screens(struct kms *kms)
{
	drmModeResPtr resources = drmModeGetResources(kms->events.fd);
	int i;

	for (i = 0; resources && i < resources->count_connectors; i++)
		if (kms->nr_screens < MAX_SCREENS)
			add_screen(kms, resources, resources->connectors[i]);
	drmModeFreeResources(resources);
}

static void on_flip(int fd, unsigned int sequence, unsigned int seconds,
		    unsigned int microseconds, void *data)
{
	struct kms_screen *screen = data;

	(void)fd, (void)sequence, (void)seconds, (void)microseconds;
	/* The guest that asked for it may be gone. */
	if (!screen->flipping)
		return;
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
	add_screens(kms);
	if (!kms->nr_screens || loop_add(&kms->events)) {
		say("'%s' has no screen that can be used", words ? words : "the device");
		goto close_card;
	}
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
	mode->clock = mode->htotal * mode->vtotal * mode->vrefresh / 1000;
	snprintf(mode->name, sizeof(mode->name), "%ux%u", width, height);
}

static void find_mode(struct kms *kms, struct kms_screen *screen, uint32_t width, uint32_t height)
{
	drmModeConnectorPtr connector = drmModeGetConnector(kms->events.fd, screen->connector);
	const drmModeModeInfo *mode;
	int i;

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
	unsigned int i;

	(void)domid;
	if (width > UINT16_MAX - 160 || height > UINT16_MAX - 30)
		return NULL;
	/* The connector of that name, else the first one that is free. */
	for (i = 0; i < kms->nr_screens; i++) {
		if (kms->screens[i].claimed)
			continue;
		if (!screen || (name && !strcmp(kms->screens[i].name, name)))
			screen = &kms->screens[i];
	}
	if (!screen)
		return NULL;
	screen->claimed = true;
	find_mode(kms, screen, width, height);
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
	screen->claimed = screen->flipping = false;
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
	frame->width = format->width;
	frame->height = format->height;
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

static int kms_show(struct screen *base, struct frame *base_frame, uint32_t x, uint32_t y)
{
	struct kms_frame *frame = (struct kms_frame *)base_frame;
	struct kms_screen *screen = (struct kms_screen *)base;
	struct kms *kms = (struct kms *)screen->screen.output;

	if (!frame)
		return switch_off(screen);
	if (drmModeSetCrtc(kms->events.fd, screen->crtc, frame->fb, x, y, &screen->connector, 1,
			   &screen->mode))
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
