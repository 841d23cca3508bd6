// SPDX-License-Identifier: GPL-2.0
/*
 * Windows of a Wayland compositor, one for each connector. The compositor gets the dma-buf of a
 * guest's buffer as the memory of a wl_shm pool and maps it, so displd copies nothing.
 *
 * A guest must not be able to break the protocol, because the compositor then ends the connection,
 * with the windows of all guests. libwayland ends it as well if it has no room for a request,
 * because the compositor does not read. So a window sends its next frame when the last one has been
 * drawn, and when there is room. Until then only its last state is kept.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <wayland-client.h>

#include "displd.h"
#include "heap.h"
#include "loop.h"
#include "output.h"
#include "viewporter-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#define APP_ID		"displd"
#define MAX_FORMATS	128U
/* A window that cannot be seen gets no frame callbacks. Nobody must wait longer for them. */
#define HIDDEN_NS	100000000ULL

struct window;

/**
 * struct wayland - the output
 * @events: the connection
 * @formats: fourccs of wl_shm that the compositor knows
 * @dead_windows, @dead_frames: those that are still to be destroyed, because of @full
 * @gone: the connection has ended
 * @full: the compositor does not read. Nothing is sent, but what answers its own events
 * @refused: there was no screen because of @full
 */
struct wayland {
	struct output output;
	struct source events;
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct wp_viewporter *viewporter;
	struct xdg_wm_base *shell;
	uint32_t formats[MAX_FORMATS];
	unsigned int nr_formats;
	int heap;
	struct window *windows, *dead_windows;
	struct wayland_frame *dead_frames;
	bool gone, full, refused;
};

/**
 * struct wayland_frame - a frame
 * @next: among those that are dead
 * @fd: the dma-buf, which is closed when the frame is dead
 * @buffer: NULL until the frame is shown
 * @busy: the compositor may read it
 */
struct wayland_frame {
	struct wayland *wayland;
	struct wayland_frame *next;
	int fd;
	struct frame_format format;
	struct wl_buffer *buffer;
	bool busy;
};

/**
 * struct window - the screen of a connector
 * @configured: the compositor has told its state, so that a frame can be attached
 * @mapped: the surface has a frame
 * @waits: the last frame that was sent is not drawn yet
 * @late: the compositor does not know yet what is to be shown
 * @area_known: the compositor knows @area
 * @area: what is shown of @shown
 * @shown: the frame, or NULL: the window is not to be mapped
 * @before: during a flip, the frame that was shown before
 * @callback: until the compositor wants the next frame. It keeps the ones that it has not answered,
 *            even if they are destroyed, so there is one at most
 * @hidden: a timer, which ends a flip, and @waits
 */
struct window {
	struct screen screen;
	struct window *next;
	struct wl_surface *surface;
	struct wp_viewport *viewport;
	struct xdg_surface *xdg_surface;
	struct xdg_toplevel *toplevel;
	bool configured, mapped, waits, late, area_known, flipping;
	struct area area;
	struct wayland_frame *shown, *before;
	struct wl_callback *callback;
	struct source hidden;
	char title[64];
};

static struct wayland *wayland_of(const struct window *window)
{
	return (struct wayland *)window->screen.output;
}

static void check_connection(struct wayland *wayland)
{
	int error = wl_display_get_error(wayland->display);

	if (wayland->gone || !error)
		return;
	wayland->gone = true;
	loop_remove(&wayland->events);
	say("the connection to the Wayland compositor has ended (%s)", strerror(error));
}

static void flush(struct wayland *wayland)
{
	bool full;

	if (wayland->gone || wayland->full)
		return;
	full = wl_display_flush(wayland->display) < 0;
	check_connection(wayland);
	if (!full || wayland->gone)
		return;
	wayland->full = true;
	loop_want_output(&wayland->events, true);
}

static void end_callback(struct window *window)
{
	if (window->callback)
		wl_callback_destroy(window->callback);
	window->callback = NULL;
}

static void flipped(struct window *window)
{
	window->flipping = false;
	window->before = NULL;
	screen_flipped(&window->screen);
}

/* The compositor has drawn the frame, and does not read the one before. */
static void look_for_flip(struct window *window)
{
	if (window->flipping && !window->late && !window->waits &&
	    !(window->before && window->before->busy))
		flipped(window);
}

static void on_release(void *data, struct wl_buffer *buffer)
{
	struct wayland_frame *frame = data;
	struct window *window;

	(void)buffer;
	frame->busy = false;
	for (window = frame->wayland->windows; window; window = window->next)
		if (window->before == frame)
			look_for_flip(window);
}

static const struct wl_buffer_listener buffer_listener = { .release = on_release };

/* wl_shm has the fourccs of DRM, but two formats have numbers of their own. */
static uint32_t shm_format(uint32_t fourcc)
{
	switch (fourcc) {
	case DRM_FORMAT_ARGB8888:
		return WL_SHM_FORMAT_ARGB8888;
	case DRM_FORMAT_XRGB8888:
		return WL_SHM_FORMAT_XRGB8888;
	default:
		return fourcc;
	}
}

static void make_buffer(struct wayland_frame *frame)
{
	const struct frame_format *format = &frame->format;
	struct wl_shm_pool *pool;

	pool = wl_shm_create_pool(frame->wayland->shm, frame->fd, (int32_t)format->size);
	frame->buffer = wl_shm_pool_create_buffer(pool, (int32_t)format->offset,
						  (int32_t)format->width,
						  (int32_t)format->height,
						  (int32_t)format->stride,
						  shm_format(format->fourcc));
	wl_buffer_add_listener(frame->buffer, &buffer_listener, frame);
	wl_shm_pool_destroy(pool);
}

static void tell_area(struct window *window)
{
	const struct area *area = &window->area;

	xdg_toplevel_set_min_size(window->toplevel, (int)area->width, (int)area->height);
	xdg_toplevel_set_max_size(window->toplevel, (int)area->width, (int)area->height);
	wp_viewport_set_source(window->viewport, wl_fixed_from_int((int)area->x),
			       wl_fixed_from_int((int)area->y),
			       wl_fixed_from_int((int)area->width),
			       wl_fixed_from_int((int)area->height));
	window->area_known = true;
}

static void on_frame(void *data, struct wl_callback *callback, uint32_t time);

static const struct wl_callback_listener callback_listener = { .done = on_frame };

/* The whole frame is attached, and the viewport selects the area. */
static void commit_frame(struct window *window)
{
	const struct area *area = &window->area;

	if (!window->shown->buffer)
		make_buffer(window->shown);
	if (!window->area_known)
		tell_area(window);
	if (!window->callback) {
		window->callback = wl_surface_frame(window->surface);
		wl_callback_add_listener(window->callback, &callback_listener, window);
	}
	window->waits = true;
	timer_set(window->hidden.fd, HIDDEN_NS);
	wl_surface_attach(window->surface, window->shown->buffer, 0, 0);
	wl_surface_damage_buffer(window->surface, (int)area->x, (int)area->y, (int)area->width,
				 (int)area->height);
	wl_surface_commit(window->surface);
	window->shown->busy = true;
	window->mapped = true;
}

static void update_frame(struct window *window)
{
	window->late = wayland_of(window)->full || window->waits;
	if (!window->late && window->configured)
		commit_frame(window);
}

/* The window can send its next frame. */
static void end_wait(struct window *window)
{
	window->waits = false;
	if (window->late && window->shown)
		update_frame(window);
}

static void on_frame(void *data, struct wl_callback *callback, uint32_t time)
{
	struct window *window = data;

	(void)callback, (void)time;
	end_callback(window);
	end_wait(window);
	look_for_flip(window);
}

static void on_hidden(struct source *source)
{
	struct window *window = (void *)((char *)source - offsetof(struct window, hidden));
	uint64_t times;

	if (read(source->fd, &times, sizeof(times)) != sizeof(times))
		return;
	end_wait(window);
	if (window->flipping)
		flipped(window);
	flush(wayland_of(window));
}

static void on_configure(void *data, struct xdg_surface *surface, uint32_t serial)
{
	struct window *window = data;

	xdg_surface_ack_configure(surface, serial);
	window->configured = true;
	if (window->shown)
		update_frame(window);
	flush(wayland_of(window));
}

static const struct xdg_surface_listener surface_listener = { .configure = on_configure };

/* The window has the size of the guest's mode, and exists as long as the guest's display. */
static void on_toplevel_configure(void *data, struct xdg_toplevel *toplevel, int32_t width,
				  int32_t height, struct wl_array *states)
{
	(void)data, (void)toplevel, (void)width, (void)height, (void)states;
}

static void on_close(void *data, struct xdg_toplevel *toplevel)
{
	(void)data, (void)toplevel;
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = on_toplevel_configure,
	.close = on_close,
};

static void make_surface(struct window *window)
{
	struct wayland *wayland = wayland_of(window);

	window->surface = wl_compositor_create_surface(wayland->compositor);
	window->viewport = wp_viewporter_get_viewport(wayland->viewporter, window->surface);
	window->xdg_surface = xdg_wm_base_get_xdg_surface(wayland->shell, window->surface);
	xdg_surface_add_listener(window->xdg_surface, &surface_listener, window);
	window->toplevel = xdg_surface_get_toplevel(window->xdg_surface);
	xdg_toplevel_add_listener(window->toplevel, &toplevel_listener, window);
	xdg_toplevel_set_title(window->toplevel, window->title);
	xdg_toplevel_set_app_id(window->toplevel, APP_ID);
	wl_surface_commit(window->surface);
}

static void unmake_surface(struct window *window)
{
	xdg_toplevel_destroy(window->toplevel);
	xdg_surface_destroy(window->xdg_surface);
	wp_viewport_destroy(window->viewport);
	wl_surface_destroy(window->surface);
}

/*
 * A new surface waits for a new state. With the old one, a state that is still on its way would be
 * taken for it, and that is an error in the protocol.
 */
static void unmap_window(struct window *window)
{
	end_callback(window);
	window->waits = false;
	window->configured = false;
	window->mapped = false;
	window->area_known = false;
	unmake_surface(window);
	make_surface(window);
}

/* Tells the compositor what the window shows, now or when it reads again. */
static void update_window(struct window *window)
{
	if (window->shown) {
		update_frame(window);
		return;
	}
	window->late = wayland_of(window)->full;
	if (!window->late && window->mapped)
		unmap_window(window);
}

static void free_window(struct window *window)
{
	unmake_surface(window);
	free(window);
}

static void free_frame(struct wayland_frame *frame)
{
	if (frame->buffer)
		wl_buffer_destroy(frame->buffer);
	free(frame);
}

static void free_dead_window(struct wayland *wayland)
{
	struct window *window = wayland->dead_windows;

	wayland->dead_windows = window->next;
	free_window(window);
}

static void free_dead_frame(struct wayland *wayland)
{
	struct wayland_frame *frame = wayland->dead_frames;

	wayland->dead_frames = frame->next;
	free_frame(frame);
}

/* The compositor reads again. It may stop at any time. */
static void catch_up(struct wayland *wayland)
{
	struct window *window;

	for (window = wayland->windows; window && !wayland->full; window = window->next) {
		if (window->late)
			update_window(window);
		flush(wayland);
	}
	while (wayland->dead_windows && !wayland->full) {
		free_dead_window(wayland);
		flush(wayland);
	}
	while (wayland->dead_frames && !wayland->full) {
		free_dead_frame(wayland);
		flush(wayland);
	}
	if (wayland->refused && !wayland->full) {
		wayland->refused = false;
		screen_is_free();
	}
}

static void flush_again(struct wayland *wayland)
{
	if (wayland->gone || wl_display_flush(wayland->display) < 0)
		return;
	wayland->full = false;
	loop_want_output(&wayland->events, false);
	catch_up(wayland);
}

static void on_events(struct source *source)
{
	struct wayland *wayland = (void *)((char *)source - offsetof(struct wayland, events));
	int result = 0;

	while (result >= 0 && wl_display_prepare_read(wayland->display))
		result = wl_display_dispatch_pending(wayland->display);
	if (result >= 0)
		result = wl_display_read_events(wayland->display);
	if (result >= 0)
		wl_display_dispatch_pending(wayland->display);
	check_connection(wayland);
	if (wayland->full)
		flush_again(wayland);
	else
		flush(wayland);
}

static void on_ping(void *data, struct xdg_wm_base *shell, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(shell, serial);
}

static const struct xdg_wm_base_listener shell_listener = { .ping = on_ping };

static void on_format(void *data, struct wl_shm *shm, uint32_t format)
{
	struct wayland *wayland = data;

	(void)shm;
	if (wayland->nr_formats < MAX_FORMATS)
		wayland->formats[wayland->nr_formats++] = format;
}

static const struct wl_shm_listener shm_listener = { .format = on_format };

static void on_global(void *data, struct wl_registry *registry, uint32_t name,
		      const char *interface, uint32_t version)
{
	struct wayland *wayland = data;

	/* Version 4 has wl_surface.damage_buffer. */
	if (!strcmp(interface, wl_compositor_interface.name) && version >= 4) {
		wayland->compositor = wl_registry_bind(registry, name, &wl_compositor_interface, 4);
	} else if (!strcmp(interface, wl_shm_interface.name)) {
		wayland->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
		wl_shm_add_listener(wayland->shm, &shm_listener, wayland);
	} else if (!strcmp(interface, wp_viewporter_interface.name)) {
		wayland->viewporter = wl_registry_bind(registry, name, &wp_viewporter_interface, 1);
	} else if (!strcmp(interface, xdg_wm_base_interface.name)) {
		wayland->shell = wl_registry_bind(registry, name, &xdg_wm_base_interface, 1);
		xdg_wm_base_add_listener(wayland->shell, &shell_listener, wayland);
	}
}

static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data, (void)registry, (void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = on_global,
	.global_remove = on_global_remove,
};

/* The first round trip brings the globals, the second one the formats. */
static bool find_globals(struct wayland *wayland)
{
	wayland->registry = wl_display_get_registry(wayland->display);
	wl_registry_add_listener(wayland->registry, &registry_listener, wayland);
	return wl_display_roundtrip(wayland->display) >= 0 &&
	       wl_display_roundtrip(wayland->display) >= 0 && wayland->compositor &&
	       wayland->shm && wayland->viewporter && wayland->shell;
}

static struct output *wayland_open(const char *words)
{
	struct wayland *wayland = calloc(1, sizeof(*wayland));

	if (!wayland)
		return NULL;
	wayland->output.class = &output_wayland;
	wayland->display = wl_display_connect(words);
	if (!wayland->display) {
		say("cannot connect to the Wayland compositor '%s' (%s); name its socket",
		    words ? words : "$WAYLAND_DISPLAY", strerror(errno));
		goto free_wayland;
	}
	if (!find_globals(wayland)) {
		say("the Wayland compositor has not all of: wl_compositor 4, wl_shm, wp_viewporter, xdg_wm_base");
		goto disconnect;
	}
	wayland->events.fd = wl_display_get_fd(wayland->display);
	wayland->events.ready = on_events;
	if (loop_add(&wayland->events)) {
		say("cannot poll: %s", strerror(errno));
		goto disconnect;
	}
	wayland->heap = heap_open();
	return &wayland->output;

disconnect:
	wl_display_disconnect(wayland->display);
free_wayland:
	free(wayland);
	return NULL;
}

static void wayland_close(struct output *output)
{
	struct wayland *wayland = (struct wayland *)output;

	if (!wayland->gone)
		loop_remove(&wayland->events);
	while (wayland->dead_windows)
		free_dead_window(wayland);
	while (wayland->dead_frames)
		free_dead_frame(wayland);
	xdg_wm_base_destroy(wayland->shell);
	wp_viewporter_destroy(wayland->viewporter);
	wl_shm_destroy(wayland->shm);
	wl_compositor_destroy(wayland->compositor);
	wl_registry_destroy(wayland->registry);
	wl_display_disconnect(wayland->display);
	if (wayland->heap >= 0)
		close(wayland->heap);
	free(wayland);
}

static int wayland_alloc(struct output *output, uint32_t width, uint32_t height, uint32_t stride,
			 uint32_t bpp, uint64_t size, struct memory *memory)
{
	(void)width, (void)height, (void)stride, (void)bpp;
	return heap_alloc(((struct wayland *)output)->heap, size, memory);
}

static struct screen *wayland_claim(struct output *output, const char *name, uint32_t domid,
				    uint32_t width, uint32_t height)
{
	struct wayland *wayland = (struct wayland *)output;
	struct window *window;

	(void)width, (void)height;
	wayland->refused |= wayland->full;
	if (wayland->gone || wayland->full)
		return NULL;
	window = calloc(1, sizeof(*window));
	if (!window)
		return NULL;
	window->screen.output = output;
	window->hidden.ready = on_hidden;
	if (timer_add(&window->hidden)) {
		free(window);
		return NULL;
	}
	snprintf(window->title, sizeof(window->title), "Domain %u: %s", domid, screen_name(name));
	make_surface(window);
	flush(wayland);
	window->next = wayland->windows;
	wayland->windows = window;
	return &window->screen;
}

static void wayland_release(struct screen *screen)
{
	struct window *window = (struct window *)screen;
	struct wayland *wayland = wayland_of(window);
	struct window **link = &wayland->windows;

	while (*link != window)
		link = &(*link)->next;
	*link = window->next;
	end_callback(window);
	loop_remove(&window->hidden);
	close(window->hidden.fd);
	if (wayland->full) {
		window->shown = NULL;
		window->next = wayland->dead_windows;
		wayland->dead_windows = window;
		return;
	}
	free_window(window);
	flush(wayland);
}

static bool knows_format(const struct wayland *wayland, uint32_t format)
{
	unsigned int i;

	for (i = 0; i < wayland->nr_formats; i++)
		if (wayland->formats[i] == format)
			return true;
	return false;
}

/* A pool's numbers are signed. */
static bool is_possible(const struct wayland *wayland, const struct frame_format *format)
{
	return frame_pixels(format) && knows_format(wayland, shm_format(format->fourcc)) &&
	       format->size <= INT32_MAX;
}

static struct frame *wayland_attach(struct output *output, int fd,
				    const struct frame_format *format, int *error)
{
	struct wayland *wayland = (struct wayland *)output;
	struct wayland_frame *frame;

	*error = -EIO;
	if (wayland->gone)
		return NULL;
	*error = -EINVAL;
	if (!is_possible(wayland, format))
		return NULL;
	*error = -ENOMEM;
	frame = calloc(1, sizeof(*frame));
	if (!frame)
		return NULL;
	frame->wayland = wayland;
	frame->fd = fd;
	frame->format = *format;
	return (struct frame *)frame;
}

static void wayland_detach(struct frame *base)
{
	struct wayland_frame *frame = (struct wayland_frame *)base;
	struct wayland *wayland = frame->wayland;
	struct window *window;

	for (window = wayland->windows; window; window = window->next) {
		if (window->before == frame)
			window->before = NULL;
		if (window->shown == frame) {
			window->shown = NULL;
			update_window(window);
			flush(wayland);
		}
	}
	if (wayland->full && frame->buffer) {
		frame->next = wayland->dead_frames;
		wayland->dead_frames = frame;
		return;
	}
	free_frame(frame);
	flush(wayland);
}

static int wayland_show(struct screen *screen, struct frame *base, const struct area *area)
{
	struct wayland_frame *frame = (struct wayland_frame *)base;
	struct window *window = (struct window *)screen;

	if (wayland_of(window)->gone)
		return -EIO;
	if (frame && !area_fits(area, frame->format.width, frame->format.height))
		return -EINVAL;
	if (frame) {
		window->area = *area;
		window->area_known = false;
	}
	window->shown = frame;
	update_window(window);
	flush(wayland_of(window));
	return 0;
}

static int wayland_flip(struct screen *screen, struct frame *base)
{
	struct wayland_frame *frame = (struct wayland_frame *)base;
	struct window *window = (struct window *)screen;

	if (wayland_of(window)->gone)
		return -EIO;
	if (window->flipping)
		return -EBUSY;
	if (!window->shown || !area_fits(&window->area, frame->format.width, frame->format.height))
		return -EINVAL;
	window->before = window->shown == frame ? NULL : window->shown;
	window->shown = frame;
	window->flipping = true;
	update_window(window);
	/* Otherwise the timer runs already. */
	if (!window->waits)
		timer_set(window->hidden.fd, HIDDEN_NS);
	flush(wayland_of(window));
	return 0;
}

const struct output_class output_wayland = {
	.name = "wayland",
	.open = wayland_open,
	.close = wayland_close,
	.alloc = wayland_alloc,
	.claim = wayland_claim,
	.release = wayland_release,
	.attach = wayland_attach,
	.detach = wayland_detach,
	.show = wayland_show,
	.flip = wayland_flip,
};
