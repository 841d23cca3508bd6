// SPDX-License-Identifier: GPL-2.0
/*
 * Flips between two buffers on each vertical blank, as fast as the display goes.
 *
 *   display-flip NODE WIDTH HEIGHT
 *
 * Ends with SIGTERM. SIGUSR1: prints the number of flips so far. The buffers are not painted,
 * because only the cost of showing them is of interest.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

#define FLIP_MS	10000

static volatile sig_atomic_t ended;
static uint64_t flips;

static void on_term(int number)
{
	(void)number;
	ended = 1;
}

/* The number changes only while the process waits, and it is written at once. */
static void on_report(int number)
{
	char line[32];
	int length = snprintf(line, sizeof(line), "%" PRIu64 " flips\n", flips);

	(void)number;
	if (write(STDOUT_FILENO, line, (size_t)length) != length)
		ended = 1;
}

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "display-flip: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void find_mode(int drm, uint32_t id, unsigned int width, unsigned int height,
		      drmModeModeInfo *mode)
{
	drmModeConnectorPtr connector = drmModeGetConnector(drm, id);
	int i;

	for (i = 0; connector && i < connector->count_modes; i++) {
		*mode = connector->modes[i];
		if (mode->hdisplay == width && mode->vdisplay == height) {
			drmModeFreeConnector(connector);
			return;
		}
	}
	errno = EINVAL;
	die("the display has no such mode");
}

static uint32_t new_buffer(int drm, unsigned int width, unsigned int height)
{
	struct drm_mode_create_dumb dumb = { .width = width, .height = height, .bpp = 32 };
	uint32_t fb;

	if (drmIoctl(drm, DRM_IOCTL_MODE_CREATE_DUMB, &dumb) ||
	    drmModeAddFB(drm, width, height, 24, 32, dumb.pitch, dumb.handle, &fb))
		die("cannot create a buffer");
	return fb;
}

static void on_flip(int fd, unsigned int sequence, unsigned int seconds,
		    unsigned int microseconds, void *data)
{
	(void)fd, (void)sequence, (void)seconds, (void)microseconds;
	*(bool *)data = true;
}

static void flip(int drm, uint32_t crtc, uint32_t fb)
{
	drmEventContext context = { .version = 2, .page_flip_handler = on_flip };
	struct pollfd poll_for = { .fd = drm, .events = POLLIN };
	bool done = false;
	int ready;

	if (drmModePageFlip(drm, crtc, fb, DRM_MODE_PAGE_FLIP_EVENT, &done))
		die("cannot flip");
	while (!done) {
		ready = poll(&poll_for, 1, FLIP_MS);
		if (!ready) {
			errno = ETIMEDOUT;
			die("a flip is not done");
		}
		if (ready > 0)
			drmHandleEvent(drm, &context);
	}
	flips++;
}

int main(int argc, char **argv)
{
	unsigned int width, height;
	drmModeResPtr resources;
	drmModeModeInfo mode;
	uint32_t fbs[2];
	int drm, i;

	if (argc != 4) {
		fputs("usage: display-flip NODE WIDTH HEIGHT\n", stderr);
		return 2;
	}
	width = (unsigned int)atoi(argv[2]);
	height = (unsigned int)atoi(argv[3]);
	signal(SIGTERM, on_term);
	signal(SIGUSR1, on_report);
	drm = open(argv[1], O_RDWR | O_CLOEXEC);
	if (drm < 0)
		die(argv[1]);
	resources = drmModeGetResources(drm);
	if (!resources || !resources->count_connectors || !resources->count_crtcs)
		die("no connector");
	find_mode(drm, resources->connectors[0], width, height, &mode);
	for (i = 0; i < 2; i++)
		fbs[i] = new_buffer(drm, width, height);
	if (drmModeSetCrtc(drm, resources->crtcs[0], fbs[0], 0, 0, resources->connectors, 1, &mode))
		die("cannot set the mode");
	for (i = 1; !ended; i = !i)
		flip(drm, resources->crtcs[0], fbs[i]);
	return 0;
}
