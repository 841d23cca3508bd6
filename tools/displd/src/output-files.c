// SPDX-License-Identifier: GPL-2.0
/*
 * Writes the pictures that are shown as PNG files. To compress one takes long. So the loop only
 * copies the picture, and a thread of low priority writes the copy. While the thread is too far
 * behind, pictures are left out: a guest's frontend gives up a flip that takes a second.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "displd.h"
#include "heap.h"
#include "loop.h"
#include "output.h"
#include "picture.h"

/* A guest must not be able to fill the disk, not even with screens of new names. */
#define DEFAULT_KEEP	100U
#define MAX_KEEP	10000U
#define KEPT_SCREENS	64U
#define KEPT_SCREENS_OF_ONE	16U

#define FRAME_NS	16666667ULL
/* What is not written yet, for each guest. One picture can be larger. */
#define MAX_JOBS	8U
#define MAX_JOB_BYTES	(64U << 20)
/* The loop must be able to answer while the thread works. */
#define THREAD_NICE	10

/**
 * struct name - a file that was written
 */
struct name {
	struct name *next;
	uint32_t domid;
	char text[96];
};

/**
 * struct job - a file to write
 * @next_unwritten: among all that have not ended. Only the loop uses it
 * @domid: the guest whose picture it is
 * @picture: a copy, which the job owns
 * @bytes: its size
 */
struct job {
	struct job *next, *next_unwritten;
	uint32_t domid;
	char name[96];
	struct picture picture;
	size_t bytes;
};

/**
 * struct files - the output
 * @directory: descriptor of the directory
 * @heap: where memory for guests comes from, or -1
 * @keep: how many files there are for each screen at most
 * @names: of the files, owned by the thread. What was written last is the last
 * @unwritten: all jobs, owned by the loop
 * @written: an eventfd, readable when there are jobs in @done
 * @lock: protects @todo, @done and @end
 * @todo: jobs for the thread, in order
 * @done: jobs that are written
 */
struct files {
	struct output output;
	int directory, heap;
	unsigned int keep;
	struct name *names;
	struct job *unwritten;
	struct source written;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct job *todo, *done;
	bool end;
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
	/* The vertical blank. */
	struct source timer;
	bool flipping, behind;
	uint32_t domid;
	unsigned int number;
	/* What it shows. Without a size: it is switched off. */
	struct area area;
};

static struct name *take_name(struct name **link)
{
	struct name *name = *link;

	*link = name->next;
	name->next = NULL;
	return name;
}

/* The list's own name of the file, taken off the list, or a new one. */
static struct name *name_of(struct files *files, const struct job *job)
{
	struct name **link, *name;

	for (link = &files->names; *link; link = &(*link)->next)
		if (!strcmp((*link)->text, job->name))
			return take_name(link);
	name = calloc(1, sizeof(*name));
	if (!name)
		return NULL;
	name->domid = job->domid;
	snprintf(name->text, sizeof(name->text), "%s", job->name);
	return name;
}

/* Removes the oldest file, of the guest if it has too many. */
static void remove_oldest(struct files *files, uint32_t domid)
{
	struct name **link, **oldest_of_guest = NULL, *name;
	unsigned int all = 0, of_guest = 0;

	for (link = &files->names; *link; link = &(*link)->next) {
		all++;
		if ((*link)->domid != domid)
			continue;
		of_guest++;
		if (!oldest_of_guest)
			oldest_of_guest = link;
	}
	if (of_guest > files->keep * KEPT_SCREENS_OF_ONE)
		name = take_name(oldest_of_guest);
	else if (all > files->keep * KEPT_SCREENS)
		name = take_name(&files->names);
	else
		return;
	unlinkat(files->directory, name->text, 0);
	free(name);
}

/* Notes that the file exists. */
static void note_name(struct files *files, const struct job *job)
{
	struct name *name = name_of(files, job), **link;

	if (!name)
		return;
	for (link = &files->names; *link; link = &(*link)->next)
		;
	*link = name;
	remove_oldest(files, job->domid);
}

/* A reader of the directory only ever sees whole files. */
static void write_file(struct files *files, const struct job *job)
{
	char unfinished[100];
	FILE *file;
	int fd;
	bool failed;

	note_name(files, job);
	snprintf(unfinished, sizeof(unfinished), ".%s", job->name);
	fd = openat(files->directory, unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file) {
		say("cannot write %s: %s", job->name, strerror(errno));
		return;
	}
	failed = picture_write_png(&job->picture, file);
	failed |= fclose(file) != 0;
	if (!failed && !renameat(files->directory, unfinished, files->directory, job->name))
		return;
	say("cannot write %s: %s", job->name, strerror(errno));
	unlinkat(files->directory, unfinished, 0);
}

/* Waits for a job. NULL: the output is closed. */
static struct job *take_job(struct files *files)
{
	struct job *job;

	pthread_mutex_lock(&files->lock);
	while (!files->todo && !files->end)
		pthread_cond_wait(&files->more, &files->lock);
	job = files->todo;
	if (job)
		files->todo = job->next;
	pthread_mutex_unlock(&files->lock);
	return job;
}

static void append_job(struct job **list, struct job *job)
{
	job->next = NULL;
	while (*list)
		list = &(*list)->next;
	*list = job;
}

static void *write_files(void *arg)
{
	struct files *files = arg;
	uint64_t one = 1;
	struct job *job;

	setpriority(PRIO_PROCESS, (id_t)gettid(), THREAD_NICE);
	while ((job = take_job(files))) {
		write_file(files, job);
		pthread_mutex_lock(&files->lock);
		append_job(&files->done, job);
		pthread_mutex_unlock(&files->lock);
		if (write(files->written.fd, &one, sizeof(one)) != sizeof(one))
			say("cannot tell that a file is written: %s", strerror(errno));
	}
	return NULL;
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

static void end_job(struct files *files, struct job *job)
{
	struct job **link = &files->unwritten;

	while (*link != job)
		link = &(*link)->next_unwritten;
	*link = job->next_unwritten;
	free(job->picture.memory);
	free(job);
}

static void on_written(struct source *source)
{
	struct files *files = (void *)((char *)source - offsetof(struct files, written));
	struct job *job, *next;
	uint64_t count;

	if (read(source->fd, &count, sizeof(count)) != sizeof(count))
		return;
	pthread_mutex_lock(&files->lock);
	job = files->done;
	files->done = NULL;
	pthread_mutex_unlock(&files->lock);
	for (; job; job = next) {
		next = job->next;
		end_job(files, job);
	}
}

static bool start_thread(struct files *files)
{
	pthread_mutex_init(&files->lock, NULL);
	pthread_cond_init(&files->more, NULL);
	files->written.ready = on_written;
	files->written.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (files->written.fd < 0)
		return false;
	if (!loop_add(&files->written) &&
	    !pthread_create(&files->thread, NULL, write_files, files))
		return true;
	close(files->written.fd);
	return false;
}

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
	if (!files->keep || files->keep > MAX_KEEP) {
		say("keep= wants a number from 1 to %u", MAX_KEEP);
		goto free_files;
	}
	files->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (files->directory < 0) {
		say("cannot use the directory %s (%s); make it first", path, strerror(errno));
		goto free_files;
	}
	if (!start_thread(files)) {
		say("cannot start the thread that writes files: %s", strerror(errno));
		goto close_directory;
	}
	files->heap = heap_open();
	return &files->output;

close_directory:
	close(files->directory);
free_files:
	free(files);
	return NULL;
}

static void files_close(struct output *output)
{
	struct files *files = (struct files *)output;

	/* What is shown until now is still written. */
	pthread_mutex_lock(&files->lock);
	files->end = true;
	pthread_cond_signal(&files->more);
	pthread_mutex_unlock(&files->lock);
	pthread_join(files->thread, NULL);
	on_written(&files->written);
	loop_remove(&files->written);
	close(files->written.fd);
	close(files->directory);
	if (files->heap >= 0)
		close(files->heap);
	while (files->names)
		free(take_name(&files->names));
	free(files);
}

static int files_alloc(struct output *output, uint32_t width, uint32_t height, uint32_t stride,
		       uint32_t bpp, uint64_t size, struct memory *memory)
{
	(void)width, (void)height, (void)stride, (void)bpp;
	return heap_alloc(((struct files *)output)->heap, size, memory);
}

static struct screen *files_claim(struct output *output, const char *name, uint32_t domid,
				  uint32_t width, uint32_t height)
{
	struct files_screen *screen = calloc(1, sizeof(*screen));

	(void)width, (void)height;
	if (!screen)
		return NULL;
	screen->screen.output = output;
	snprintf(screen->name, sizeof(screen->name), "dom%u-%s", domid, screen_name(name));
	screen->domid = domid;
	screen->timer.ready = on_blank;
	if (!timer_add(&screen->timer))
		return &screen->screen;
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
	const struct format *pixels = frame_pixels(format);
	struct files_frame *frame;

	(void)output;
	*error = -EINVAL;
	if (!pixels)
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

static size_t bytes_of(const struct files_frame *frame, const struct area *area)
{
	const struct picture *all = &frame->picture;

	return (size_t)all->stride * (area->height - 1) + (size_t)area->width * all->format->bytes;
}

static sigjmp_buf fault;

static void on_fault(int number)
{
	(void)number;
	siglongjmp(fault, 1);
}

/*
 * In a PV domain, Xen can refuse to map a page of the guest's into a process, if the guest has
 * shared one page many times. That is a signal, which must not end displd.
 */
static int copy_memory(uint8_t *to, const uint8_t *from, size_t bytes)
{
	struct sigaction action = { .sa_handler = on_fault }, before;
	int error = 0;

	sigaction(SIGBUS, &action, &before);
	if (!sigsetjmp(fault, 1))
		memcpy(to, from, bytes);
	else
		error = -EFAULT;
	sigaction(SIGBUS, &before, NULL);
	return error;
}

static int copy_picture(const struct files_frame *frame, const struct area *area, size_t bytes,
			struct picture *copy)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ };
	const struct picture *all = &frame->picture;
	const uint8_t *first = all->memory + (size_t)area->y * all->stride +
			       (size_t)area->x * all->format->bytes;
	int error;

	*copy = *all;
	copy->width = area->width;
	copy->height = area->height;
	copy->memory = malloc(bytes);
	if (!copy->memory)
		return -ENOMEM;
	if (ioctl(frame->fd, DMA_BUF_IOCTL_SYNC, &sync)) {
		error = -errno;
		goto free_copy;
	}
	error = copy_memory(copy->memory, first, bytes);
	sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ;
	ioctl(frame->fd, DMA_BUF_IOCTL_SYNC, &sync);
	if (!error)
		return 0;

free_copy:
	free(copy->memory);
	return error;
}

/* The thread is too far behind with this guest's pictures to take another one. */
static bool is_behind(struct files_screen *screen, size_t bytes)
{
	const struct files *files = (struct files *)screen->screen.output;
	unsigned int jobs = 0;
	const struct job *job;
	bool behind;

	for (job = files->unwritten; job; job = job->next_unwritten) {
		if (job->domid != screen->domid)
			continue;
		jobs++;
		bytes += job->bytes;
	}
	behind = jobs == MAX_JOBS || (jobs && bytes > MAX_JOB_BYTES);
	if (behind && !screen->behind)
		say("%s: pictures are left out, because they are shown faster than written",
		    screen->name);
	screen->behind = behind;
	return behind;
}

static int add_job(struct files_screen *screen, const struct files_frame *frame,
		   const struct area *area)
{
	struct files *files = (struct files *)screen->screen.output;
	struct job *job;
	size_t bytes;
	int error;

	if (!area->width || !area_fits(area, frame->picture.width, frame->picture.height))
		return -EINVAL;
	bytes = bytes_of(frame, area);
	if (is_behind(screen, bytes))
		return 0;
	job = calloc(1, sizeof(*job));
	if (!job)
		return -ENOMEM;
	error = copy_picture(frame, area, bytes, &job->picture);
	if (error) {
		free(job);
		return error;
	}
	job->domid = screen->domid;
	job->bytes = bytes;
	job->next_unwritten = files->unwritten;
	files->unwritten = job;
	snprintf(job->name, sizeof(job->name), "%s-%06u.png", screen->name,
		 screen->number++ % files->keep);
	pthread_mutex_lock(&files->lock);
	append_job(&files->todo, job);
	pthread_cond_signal(&files->more);
	pthread_mutex_unlock(&files->lock);
	return 0;
}

static int files_show(struct screen *base, struct frame *frame, const struct area *area)
{
	struct files_screen *screen = (struct files_screen *)base;
	int error = 0;

	if (frame)
		error = add_job(screen, (struct files_frame *)frame, area);
	if (!error)
		screen->area = frame ? *area : (struct area){ 0 };
	return error;
}

static int files_flip(struct screen *base, struct frame *frame)
{
	struct files_screen *screen = (struct files_screen *)base;
	int error;

	if (screen->flipping)
		return -EBUSY;
	error = add_job(screen, (struct files_frame *)frame, &screen->area);
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
