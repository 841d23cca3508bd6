// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <xengnttab_dmabuf.h>

#include "buffer.h"
#include "directory.h"
#include "displd.h"
#include "loop.h"
#include "output.h"

/* Each buffer takes a handful of descriptors. (Xen maps one grant at most 255 times.) */
#define MAX_BUFFERS	128U
/* Each frame buffer takes memory of the kernel. Guests have one for each buffer. */
#define MAX_FBS		256U
#define MAX_FBS_OF_ONE	8U
#define MAX_SIDE	16384U
#define MAX_PADDING	65536U

struct guest {
	uint32_t domid;
	uint64_t bytes;
	unsigned int buffers, users;
	struct guest *next;
};

static struct guest *guests;

/**
 * struct buffer - a display buffer
 * @owner: the display's buffers; NULL if the display is gone and the buffer is not released
 * @shared: the library's handle; NULL if pictures are copied
 * @source: the guest's pages, if pictures are copied; else NULL
 * @target: the output's memory, if pictures are copied; else NULL
 * @charged: how many bytes count for the guest. An output may allocate more than @size
 * @nr_fbs: how many frame buffers there are on it
 * @released: the eventfd of @shared, polled when the buffer is destroyed
 * @late: a timer, while @done has to be called
 */
struct buffer {
	struct buffers *owner;
	struct guest *guest;
	struct buffer *next;
	uint64_t cookie;
	uint32_t width, height, bpp, stride, offset, pages;
	uint64_t size, charged;
	unsigned int nr_fbs;
	int fd;
	xengnttab_dmabuf *shared;
	uint8_t *source, *target;
	struct source released, late;
	buffer_done *done;
	void *arg;
	uint16_t id;
};

struct fb {
	struct fb *next;
	struct buffer *buffer;
	struct frame *frame;
	uint64_t cookie;
};

struct guest *guest_get(uint32_t domid)
{
	struct guest *guest;

	for (guest = guests; guest && guest->domid != domid; guest = guest->next)
		;
	if (!guest) {
		guest = calloc(1, sizeof(*guest));
		if (!guest)
			return NULL;
		guest->domid = domid;
		guest->next = guests;
		guests = guest;
	}
	guest->users++;
	return guest;
}

void guest_put(struct guest *guest)
{
	struct guest **link = &guests;

	if (--guest->users)
		return;
	while (*link != guest)
		link = &(*link)->next;
	*link = guest->next;
	free(guest);
}

unsigned int guest_buffers(const struct guest *guest)
{
	return guest->buffers;
}

uint64_t guest_bytes(const struct guest *guest)
{
	return guest->bytes;
}

static int charge(struct buffer *buffer)
{
	struct guest *guest = buffer->guest;

	if (guest->buffers == MAX_BUFFERS || buffer->size > server.max_bytes - guest->bytes)
		return -ENOSPC;
	guest->buffers++;
	guest->bytes += buffer->size;
	guest->users++;
	buffer->charged = buffer->size;
	return 0;
}

static int charge_all_of(struct buffer *buffer, uint64_t bytes)
{
	struct guest *guest = buffer->guest;

	if (bytes <= buffer->charged)
		return 0;
	if (bytes - buffer->charged > server.max_bytes - guest->bytes)
		return -ENOSPC;
	guest->bytes += bytes - buffer->charged;
	buffer->charged = bytes;
	return 0;
}

static void uncharge(struct buffer *buffer)
{
	struct guest *guest = buffer->guest;

	guest->buffers--;
	guest->bytes -= buffer->charged;
	guest_put(guest);
}

static struct buffer *find_buffer(struct buffers *buffers, uint64_t cookie)
{
	struct buffer *buffer;

	for (buffer = buffers->first; buffer && buffer->cookie != cookie; buffer = buffer->next)
		;
	return buffer;
}

/*
 * Outputs make lines of the size that their device wants. A request for many short lines, which
 * its picture does not need, could be for much more memory than it says.
 */
static bool is_out_of_shape(const struct buffer_request *request, uint64_t picture)
{
	return (request->allocate || server.copy) &&
	       request->size > picture + picture / 4 + MAX_PADDING;
}

static bool request_is_valid(const struct buffer_request *request)
{
	uint64_t stride = (uint64_t)request->width * request->bpp / 8;

	if (is_out_of_shape(request, stride * request->height))
		return false;
	return request->cookie && request->width && request->width <= MAX_SIDE &&
	       request->height && request->height <= MAX_SIDE &&
	       request->bpp >= 8 && request->bpp <= 64 && !(request->bpp % 8) &&
	       request->offset + stride * request->height <= request->size;
}

/* The descriptor exists from the start, because a buffer must not be lost when it is destroyed. */
static int prepare_release(struct buffer *buffer)
{
	if (!buffer->shared)
		return -errno;
	buffer->released.fd = xengnttab_dmabuf_eventfd(buffer->shared);
	return buffer->released.fd < 0 ? -errno : 0;
}

/* The guest's pages become a dma-buf. */
static int share_guests(struct buffer *buffer, const uint32_t *refs)
{
	buffer->shared = xengnttab_dmabuf_export(server.grants, buffer->guest->domid, 0,
						 buffer->pages, refs, NULL, &buffer->fd);
	return prepare_release(buffer);
}

/* Memory of the output, in @fd. */
static int allocate(struct buffer *buffer)
{
	struct output *output = buffer->owner->output;
	struct memory memory;
	int error;

	error = output->class->alloc(output, buffer->width, buffer->height, buffer->stride,
				     buffer->bpp, (uint64_t)buffer->pages * PAGE, &memory);
	if (error)
		return error;
	buffer->fd = memory.fd;
	return charge_all_of(buffer, memory.size);
}

/* Memory for the output that the guest has no access to, and a mapping of the guest's pages. */
static int prepare_copy(struct buffer *buffer, const uint32_t *refs)
{
	void *target;
	int error;

	error = allocate(buffer);
	if (error)
		return error;
	target = mmap(NULL, (size_t)buffer->pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		      buffer->fd, 0);
	if (target == MAP_FAILED)
		return -errno;
	buffer->target = target;
	buffer->source = xengnttab_map_domain_grant_refs(server.grants, buffer->pages,
							 buffer->guest->domid, (uint32_t *)refs,
							 PROT_READ);
	return buffer->source ? 0 : -EINVAL;
}

static int take_guests(struct buffer *buffer, uint32_t directory)
{
	uint32_t *refs = calloc(buffer->pages, sizeof(*refs));
	int error;

	if (!refs)
		return -ENOMEM;
	error = directory_read(buffer->guest->domid, directory, refs, buffer->pages);
	if (!error)
		error = server.copy ? prepare_copy(buffer, refs) : share_guests(buffer, refs);
	free(refs);
	return error;
}

/* Memory of the output becomes references for the guest. */
static int give_own(struct buffer *buffer, uint32_t directory)
{
	int error;

	error = allocate(buffer);
	if (error)
		return error;
	buffer->shared = xengnttab_dmabuf_import(server.grants, buffer->guest->domid, buffer->fd,
						 0, 0, (uint64_t)buffer->pages * PAGE);
	error = prepare_release(buffer);
	if (error)
		return error;
	return directory_write(buffer->guest->domid, directory,
			       xengnttab_dmabuf_refs(buffer->shared), buffer->pages);
}

/* The last step. No peer has access to the memory any more. */
static void free_buffer(struct buffer *buffer)
{
	if (buffer->released.fd >= 0)
		loop_remove(&buffer->released);
	if (buffer->shared)
		xengnttab_dmabuf_free(buffer->shared);
	uncharge(buffer);
	free(buffer);
}

static void stop_timer(struct buffer *buffer)
{
	if (buffer->late.fd < 0)
		return;
	loop_remove(&buffer->late);
	close(buffer->late.fd);
	buffer->late.fd = -1;
}

static void tell_done(struct buffer *buffer, int status)
{
	stop_timer(buffer);
	if (buffer->done)
		buffer->done(buffer->arg, buffer->id, status);
	buffer->done = NULL;
}

static void unlink_ending(struct buffer *buffer);

static void on_released(struct source *source)
{
	struct buffer *buffer = (void *)((char *)source - offsetof(struct buffer, released));

	unlink_ending(buffer);
	tell_done(buffer, 0);
	free_buffer(buffer);
}

static void on_late(struct source *source)
{
	struct buffer *buffer = (void *)((char *)source - offsetof(struct buffer, late));

	say("domain %u: a buffer of %u pages is not released yet", buffer->guest->domid,
	    buffer->pages);
	tell_done(buffer, -ETIMEDOUT);
}

/* All that are destroyed and not released. */
static struct buffer *ending;

static void unlink_ending(struct buffer *buffer)
{
	struct buffer **link = &ending;

	while (*link != buffer)
		link = &(*link)->next;
	*link = buffer->next;
}

/* Closes what the backend itself holds. */
static void let_go(struct buffer *buffer)
{
	if (buffer->source)
		xengnttab_unmap(server.grants, buffer->source, buffer->pages);
	if (buffer->target)
		munmap(buffer->target, (size_t)buffer->pages * PAGE);
	if (buffer->fd >= 0)
		close(buffer->fd);
	buffer->source = buffer->target = NULL;
	buffer->fd = -1;
	/* An export ends with its last user. An import only ends if it is revoked. */
	if (buffer->shared && xengnttab_dmabuf_refs(buffer->shared))
		xengnttab_dmabuf_revoke(buffer->shared);
}

/* The buffer is on no list. It is freed when it is released. */
static void end_buffer(struct buffer *buffer)
{
	let_go(buffer);
	if (!buffer->shared || !xengnttab_dmabuf_wait(buffer->shared, 0)) {
		tell_done(buffer, 0);
		free_buffer(buffer);
		return;
	}
	buffer->next = ending;
	ending = buffer;
	buffer->released.ready = on_released;
	if (buffer->released.fd < 0 || loop_add(&buffer->released)) {
		/* Nothing tells when it is released, so it stays charged. */
		say("domain %u: cannot wait for the release of a buffer", buffer->guest->domid);
		buffer->released.fd = -1;
		tell_done(buffer, -ETIMEDOUT);
		return;
	}
	if (!buffer->done)
		return;
	buffer->late.fd = timer_new(server.destroy_ns);
	buffer->late.ready = on_late;
	if (buffer->late.fd < 0 || loop_add(&buffer->late))
		tell_done(buffer, -ETIMEDOUT);
}

static struct buffer *new_buffer(struct buffers *buffers, const struct buffer_request *request)
{
	struct buffer *buffer = calloc(1, sizeof(*buffer));

	if (!buffer)
		return NULL;
	*buffer = (struct buffer){
		.owner = buffers,
		.guest = buffers->guest,
		.cookie = request->cookie,
		.width = request->width,
		.height = request->height,
		.bpp = request->bpp,
		.stride = request->width * request->bpp / 8,
		.offset = request->offset,
		.size = request->size,
		.pages = (uint32_t)(((uint64_t)request->size + PAGE - 1) / PAGE),
		.fd = -1,
		.released.fd = -1,
		.late.fd = -1,
	};
	return buffer;
}

int buffer_create(struct buffers *buffers, const struct buffer_request *request)
{
	struct buffer *buffer;
	int error;

	if (!request_is_valid(request))
		return -EINVAL;
	if (find_buffer(buffers, request->cookie))
		return -EEXIST;
	buffer = new_buffer(buffers, request);
	if (!buffer)
		return -ENOMEM;
	error = charge(buffer);
	if (error) {
		free(buffer);
		return error;
	}
	error = request->allocate ? give_own(buffer, request->directory) :
				    take_guests(buffer, request->directory);
	if (error) {
		end_buffer(buffer);
		return error;
	}
	buffer->next = buffers->first;
	buffers->first = buffer;
	return 0;
}

static void free_fb(struct buffers *buffers, struct fb **link)
{
	struct fb *fb = *link;

	*link = fb->next;
	fb->buffer->nr_fbs--;
	buffers->nr_fbs--;
	buffers->output->class->detach(fb->frame);
	free(fb);
}

static void free_fbs_of(struct buffers *buffers, const struct buffer *buffer)
{
	struct fb **link = &buffers->first_fb;

	while (*link) {
		if ((*link)->buffer == buffer)
			free_fb(buffers, link);
		else
			link = &(*link)->next;
	}
}

static void destroy(struct buffers *buffers, struct buffer **link)
{
	struct buffer *buffer = *link;

	*link = buffer->next;
	free_fbs_of(buffers, buffer);
	end_buffer(buffer);
}

int buffer_destroy(struct buffers *buffers, uint64_t cookie, buffer_done *done, void *arg,
		   uint16_t id)
{
	struct buffer **link = &buffers->first;

	while (*link && (*link)->cookie != cookie)
		link = &(*link)->next;
	if (!*link)
		return -ENOENT;
	(*link)->done = done;
	(*link)->arg = arg;
	(*link)->id = id;
	destroy(buffers, link);
	return 0;
}

void buffers_close(struct buffers *buffers)
{
	struct buffer *buffer;

	for (buffer = ending; buffer; buffer = buffer->next) {
		if (buffer->owner != buffers)
			continue;
		buffer->owner = NULL;
		buffer->done = NULL;
		stop_timer(buffer);
	}
	while (buffers->first) {
		buffer = buffers->first;
		destroy(buffers, &buffers->first);
	}
	/* Those that have just been destroyed. */
	for (buffer = ending; buffer; buffer = buffer->next)
		if (buffer->owner == buffers)
			buffer->owner = NULL;
}

static struct fb **find_fb(struct buffers *buffers, uint64_t cookie)
{
	struct fb **link = &buffers->first_fb;

	while (*link && (*link)->cookie != cookie)
		link = &(*link)->next;
	return link;
}

int fb_attach(struct buffers *buffers, uint64_t buffer_cookie, uint64_t cookie, uint32_t width,
	      uint32_t height, uint32_t fourcc)
{
	struct buffer *buffer = find_buffer(buffers, buffer_cookie);
	struct frame_format format;
	struct fb *fb;
	int error = 0;

	if (!buffer)
		return -ENOENT;
	if (!cookie || !width || !height || width > buffer->width || height > buffer->height)
		return -EINVAL;
	if (*find_fb(buffers, cookie))
		return -EEXIST;
	if (buffers->nr_fbs == MAX_FBS || buffer->nr_fbs == MAX_FBS_OF_ONE)
		return -ENOSPC;
	format = (struct frame_format){
		.width = width, .height = height, .stride = buffer->stride,
		.offset = buffer->offset, .fourcc = fourcc, .size = buffer->size,
	};
	fb = calloc(1, sizeof(*fb));
	if (!fb)
		return -ENOMEM;
	fb->frame = buffers->output->class->attach(buffers->output, buffer->fd, &format, &error);
	if (!fb->frame) {
		free(fb);
		return error;
	}
	fb->buffer = buffer;
	buffer->nr_fbs++;
	fb->cookie = cookie;
	fb->next = buffers->first_fb;
	buffers->first_fb = fb;
	buffers->nr_fbs++;
	return 0;
}

int fb_detach(struct buffers *buffers, uint64_t cookie)
{
	struct fb **link = find_fb(buffers, cookie);

	if (!*link)
		return -ENOENT;
	free_fb(buffers, link);
	return 0;
}

static void copy_picture(struct buffer *buffer)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE };

	ioctl(buffer->fd, DMA_BUF_IOCTL_SYNC, &sync);
	memcpy(buffer->target, buffer->source, buffer->size);
	buffer->owner->copied += buffer->size;
	sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE;
	ioctl(buffer->fd, DMA_BUF_IOCTL_SYNC, &sync);
}

struct frame *fb_frame(struct buffers *buffers, uint64_t cookie)
{
	struct fb *fb = *find_fb(buffers, cookie);

	if (!fb)
		return NULL;
	if (fb->buffer->source)
		copy_picture(fb->buffer);
	return fb->frame;
}
