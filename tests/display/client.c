// SPDX-License-Identifier: GPL-2.0
/*
 * A client of a display: shows frames of the test card on a DRM device, with dumb buffers and page
 * flips.
 *
 *   display-client NODE [FRAMES [TURNS]]
 *
 * A buffer for each frame of the card is created, FRAMES of them (default CARD_FRAMES) are shown
 * in turn, and the buffers are destroyed; TURNS times (default once). With TURNS 0 the last frame
 * stays until signal TERM, and a line says when that begins. A flip that is not done after some
 * seconds is a failure. Signal TERM ends it after the current turn.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

#include "../demo/card.h"

#define MAX_TRIES	5
#define FLIP_MS		10000
/* Each frame is on the screen for some vertical blanks. */
#define SHOW_US		200000

struct client {
	int drm;
	uint32_t connector, crtc;
	drmModeModeInfo mode;
};

struct picture {
	uint32_t handle, fb;
	uint64_t size;
	uint32_t *pixels;
};

static volatile sig_atomic_t ended;

static void on_term(int number)
{
	(void)number;
	ended = 1;
}

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	int error = errno;
	va_list args;

	va_start(args, fmt);
	fputs("display-client: ", stdout);
	vprintf(fmt, args);
	va_end(args);
	printf(": %s\n", strerror(error));
	exit(1);
}

static void open_device(struct client *client, const char *node)
{
	drmModeConnectorPtr connector;
	drmModeResPtr resources;
	int mode;

	client->drm = open(node, O_RDWR | O_CLOEXEC);
	if (client->drm < 0)
		die("cannot open '%s'", node);
	resources = drmModeGetResources(client->drm);
	if (!resources || !resources->count_connectors || !resources->count_crtcs)
		die("no connector");
	client->connector = resources->connectors[0];
	client->crtc = resources->crtcs[0];
	connector = drmModeGetConnector(client->drm, client->connector);
	if (!connector || !connector->count_modes)
		die("no mode");
	for (mode = 0; mode < connector->count_modes; mode++) {
		client->mode = connector->modes[mode];
		if (client->mode.hdisplay == CARD_WIDTH && client->mode.vdisplay == CARD_HEIGHT)
			break;
	}
	errno = 0;
	if (mode == connector->count_modes)
		die("no mode of %ux%u", CARD_WIDTH, CARD_HEIGHT);
	drmModeFreeConnector(connector);
	drmModeFreeResources(resources);
}

static void new_picture(struct client *client, struct picture *picture)
{
	struct drm_mode_create_dumb dumb = {
		.width = CARD_WIDTH, .height = CARD_HEIGHT, .bpp = 32,
	};
	struct drm_mode_map_dumb map = { 0 };
	int tries = 0;

	/* On a busy machine, the backend may not answer within the guest's three seconds. */
	while (drmIoctl(client->drm, DRM_IOCTL_MODE_CREATE_DUMB, &dumb))
		if (errno != ETIMEDOUT || ++tries == MAX_TRIES)
			die("cannot create a buffer");
	if (dumb.pitch != CARD_STRIDE)
		die("the pitch is %u", dumb.pitch);
	picture->handle = dumb.handle;
	picture->size = dumb.size;
	if (drmModeAddFB(client->drm, CARD_WIDTH, CARD_HEIGHT, 24, 32, dumb.pitch, dumb.handle,
			 &picture->fb))
		die("cannot make a frame buffer");
	map.handle = dumb.handle;
	if (drmIoctl(client->drm, DRM_IOCTL_MODE_MAP_DUMB, &map))
		die("cannot map a buffer");
	picture->pixels = mmap(NULL, picture->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			       client->drm, (off_t)map.offset);
	if (picture->pixels == MAP_FAILED)
		die("cannot map a buffer");
}

static void free_picture(struct client *client, struct picture *picture)
{
	struct drm_mode_destroy_dumb destroy = { .handle = picture->handle };

	munmap(picture->pixels, picture->size);
	drmModeRmFB(client->drm, picture->fb);
	if (drmIoctl(client->drm, DRM_IOCTL_MODE_DESTROY_DUMB, &destroy))
		die("cannot destroy a buffer");
}

static void on_flip(int fd, unsigned int sequence, unsigned int seconds,
		    unsigned int microseconds, void *data)
{
	bool *done = data;

	(void)fd, (void)sequence, (void)seconds, (void)microseconds;
	*done = true;
}

static void flip(struct client *client, const struct picture *picture)
{
	drmEventContext context = { .version = 2, .page_flip_handler = on_flip };
	struct pollfd poll_for = { .fd = client->drm, .events = POLLIN };
	bool done = false;

	if (drmModePageFlip(client->drm, client->crtc, picture->fb, DRM_MODE_PAGE_FLIP_EVENT,
			    &done))
		die("cannot flip");
	while (!done) {
		errno = ETIMEDOUT;
		if (poll(&poll_for, 1, FLIP_MS) == 0)
			die("a flip is not done");
		if (poll_for.revents & POLLIN)
			drmHandleEvent(client->drm, &context);
	}
}

static void show(struct client *client, const struct picture *picture)
{
	if (drmModeSetCrtc(client->drm, client->crtc, picture->fb, 0, 0, &client->connector, 1,
			   &client->mode))
		die("cannot set the mode");
}

static void say_it_stays(void)
{
	puts("display-client: the frame stays");
	fflush(stdout);
}

/* All pictures are painted before the first is shown, so that none changes while it is shown. */
static void take_turn(struct client *client, unsigned int frames, bool stay)
{
	unsigned int nr = frames < CARD_FRAMES ? frames : CARD_FRAMES, frame;
	struct picture pictures[CARD_FRAMES];

	for (frame = 0; frame < nr; frame++) {
		new_picture(client, &pictures[frame]);
		card_paint_frame(pictures[frame].pixels, frame);
	}
	show(client, &pictures[0]);
	for (frame = 1; frame < frames; frame++) {
		usleep(SHOW_US);
		flip(client, &pictures[frame % nr]);
	}
	if (stay)
		say_it_stays();
	do
		usleep(SHOW_US);
	while (stay && !ended);
	drmModeSetCrtc(client->drm, client->crtc, 0, 0, 0, NULL, 0, NULL);
	for (frame = 0; frame < nr; frame++)
		free_picture(client, &pictures[frame]);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	unsigned int frames = argc > 2 ? (unsigned int)atoi(argv[2]) : CARD_FRAMES;
	unsigned int turns = argc > 3 ? (unsigned int)atoi(argv[3]) : 1, turn;
	struct client client;
	double start;

	signal(SIGTERM, on_term);
	open_device(&client, argc > 1 ? argv[1] : "");
	start = now();
	if (!turns)
		take_turn(&client, frames, true);
	for (turn = 0; turn < turns && !ended; turn++)
		take_turn(&client, frames, false);
	fprintf(stderr, "%.1f s\n", now() - start);
	printf("display-client: %u turns of %u frames\n", turn, frames);
	return 0;
}
