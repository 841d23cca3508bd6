// SPDX-License-Identifier: GPL-2.0
/* Writes each picture that is shown as a PNG file. The screen has 60 frames a second. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>

#include "displd.h"
#include "loop.h"
#include "output.h"
#include "picture.h"

#define FRAME_NS	16666667ULL
#define HEAP		"/dev/dma_heap/system"
/* A guest must not be able to fill the disk. */
#define DEFAULT_KEEP	100U

/**
 * struct files - the output
 * @directory: descriptor of the directory
 * @heap: where memory for guests comes from, or -1
 * @keep: how many files there are for each screen at most
 */
struct files {
	struct output output;
	int directory, heap;
	unsigned int keep;
};

struct files_frame {
	struct picture picture;
	uint8_t *mapping;
	size_t size;
	int fd;
};

struct files_screen {
	struct screen screen;
	char name[64];
	struct source timer;
	bool flipping;
	unsigned int number;
};

static struct output *files_open(const char *words)
{
	struct files *files = calloc(1, sizeof(*files));
	char path[4096], *option;

	if (!files)
		return NULL;
	snprintf(path, sizeof(path), "%s", words ? words : ".");
	option = strstr(path, ",keep=");
	files->keep = DEFAULT_KEEP;
	if (option) {
		files->keep = (unsigned int)strtoul(option + strlen(",keep="), NULL, 10);
		*option = 0;
	}
	files->output.class = &output_files;
	files->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (files->directory < 0 || !files->keep) {
		say("cannot use the directory %s (%s); make it first", path,
		    files->keep ? strerror(errno) : "keep= wants a number");
		free(files);
		return NULL;
	}
	files->heap = open(HEAP, O_RDWR | O_CLOEXEC);
	return &files->output;
}

static void files_close(struct output *output)
{
	struct files *files = (struct files *)output;

	close(files->directory);
	if (files->heap >= 0)
		close(files->heap);
	free(files);
}

static int files_alloc(struct output *output, uint32_t width, uint32_t height, uint32_t stride,
		       uint32_t bpp, uint64_t size, struct memory *memory)
{
	struct dma_heap_allocation_data args = { .len = size, .fd_flags = O_RDWR | O_CLOEXEC };
	struct files *files = (struct files *)output;

	(void)width, (void)height, (void)stride, (void)bpp;
	if (files->heap < 0)
		return -EOPNOTSUPP;
	if (ioctl(files->heap, DMA_HEAP_IOCTL_ALLOC, &args))
		return -errno;
	*memory = (struct memory){ .fd = (int)args.fd, .size = size };
	return 0;
}

static void on_blank(struct source *source)
{
	struct files_screen *screen = (void *)((char *)source -
					       offsetof(struct files_screen, timer));
	uint64_t times;

	if (read(source->fd, &times, sizeof(times)) != sizeof(times) || !screen->flipping)
		return;
	screen->flipping = false;
	screen_flipped(&screen->screen);
}

static struct screen *files_claim(struct output *output, const char *name, uint32_t domid,
				  uint32_t width, uint32_t height)
{
	struct files_screen *screen = calloc(1, sizeof(*screen));

	(void)width, (void)height;
	if (!screen)
		return NULL;
	screen->screen.output = output;
	/* The toolstack writes the name, but the guest can change it. */
	if (!name || !*name || strlen(name) > 32 ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") !=
	    strlen(name))
		name = "display";
	snprintf(screen->name, sizeof(screen->name), "dom%u-%s", domid, name);
	screen->timer.fd = timer_new(0);
	screen->timer.ready = on_blank;
	if (screen->timer.fd >= 0 && !loop_add(&screen->timer))
		return &screen->screen;
	if (screen->timer.fd >= 0)
		close(screen->timer.fd);
	free(screen);
	return NULL;
}

static void files_release(struct screen *base)
{
	struct files_screen *screen = (struct files_screen *)base;

	loop_remove(&screen->timer);
	close(screen->timer.fd);
	free(screen);
}

static struct frame *files_attach(struct output *output, int fd, const struct frame_format *format,
				  int *error)
{
	const struct format *pixels = format_by_fourcc(format->fourcc);
	struct files_frame *frame;

	(void)output;
	*error = -EINVAL;
	if (!pixels || (uint64_t)format->width * pixels->bytes > format->stride ||
	    format->offset + (uint64_t)format->stride * format->height > format->size)
		return NULL;
	*error = -ENOMEM;
	frame = calloc(1, sizeof(*frame));
	if (!frame)
		return NULL;
	frame->fd = fd;
	frame->size = format->size;
	frame->mapping = mmap(NULL, frame->size, PROT_READ, MAP_SHARED, fd, 0);
	if (frame->mapping == MAP_FAILED) {
		*error = -errno;
		free(frame);
		return NULL;
	}
	frame->picture = (struct picture){
		.format = pixels, .width = format->width, .height = format->height,
		.stride = format->stride, .memory = frame->mapping + format->offset,
	};
	return (struct frame *)frame;
}

static void files_detach(struct frame *base)
{
	struct files_frame *frame = (struct files_frame *)base;

	munmap(frame->mapping, frame->size);
	free(frame);
}

static int write_picture(const struct files_frame *frame, FILE *file)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ };
	int error;

	if (ioctl(frame->fd, DMA_BUF_IOCTL_SYNC, &sync))
		return -errno;
	error = picture_write_png(&frame->picture, file);
	sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ;
	ioctl(frame->fd, DMA_BUF_IOCTL_SYNC, &sync);
	return error ? -EIO : 0;
}

/* A reader of the directory only ever sees whole files. */
static int write_file(struct files_screen *screen, const struct files_frame *frame)
{
	struct files *files = (struct files *)screen->screen.output;
	char name[96], unfinished[100];
	FILE *file;
	int fd, error;

	snprintf(name, sizeof(name), "%s-%06u.png", screen->name, screen->number % files->keep);
	snprintf(unfinished, sizeof(unfinished), ".%s", name);
	fd = openat(files->directory, unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file)
		return -EIO;
	error = write_picture(frame, file);
	if (fclose(file) && !error)
		error = -EIO;
	if (!error && renameat(files->directory, unfinished, files->directory, name))
		error = -EIO;
	screen->number++;
	return error;
}

static int files_show(struct screen *base, struct frame *frame, uint32_t x, uint32_t y)
{
	struct files_screen *screen = (struct files_screen *)base;

	if (!frame)
		return 0;
	if (x || y)
		return -EINVAL;
	return write_file(screen, (struct files_frame *)frame);
}

static int files_flip(struct screen *base, struct frame *frame)
{
	struct files_screen *screen = (struct files_screen *)base;
	int error;

	if (screen->flipping)
		return -EBUSY;
	error = write_file(screen, (struct files_frame *)frame);
	if (error)
		return error;
	screen->flipping = true;
	timer_set(screen->timer.fd, FRAME_NS);
	return 0;
}

const struct output_class output_files = {
	.name = "files",
	.open = files_open,
	.close = files_close,
	.alloc = files_alloc,
	.claim = files_claim,
	.release = files_release,
	.attach = files_attach,
	.detach = files_detach,
	.show = files_show,
	.flip = files_flip,
};
