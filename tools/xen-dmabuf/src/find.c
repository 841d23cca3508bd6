// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>

#include "command.h"
#include "find.h"

/**
 * struct search - what a scan of the process finds
 * @live: how many buffers match; @buffer is the first one
 * @files: how many of its files match
 * @refused: the caller may not duplicate a descriptor of these
 * @issued: the file, or the first of the files, that has issued the id before; -1: none
 */
struct search {
	const struct find *find;
	unsigned int live, files;
	bool refused;
	int issued;
	struct held_buffer buffer;
};

bool find_parse_option(struct find *find, int option)
{
	uint64_t number;

	switch (option) {
	case OPT_FIND_PID:
		return parse_pid(optarg, &find->pid);
	case OPT_FIND_FD:
		if (!parse_number(optarg, INT_MAX, &number))
			return false;
		find->fd = (int)number;
		return true;
	default:
		return parse_number(optarg, UINT64_MAX, &find->id) && find->id;
	}
}

int find_check(const struct find *find)
{
	if (!find->pid || !find->id)
		return fail_usage("say which buffer: --pid P --id N, as 'xen-dmabuf list' shows "
				  "them");
	return EXIT_OK;
}

static bool is_wanted(const struct search *search, int fd)
{
	return search->find->fd < 0 || search->find->fd == fd;
}

static void see_buffer(void *context, const struct held_buffer *buffer)
{
	struct search *search = context;

	if (!is_wanted(search, buffer->fd) || buffer->id != search->find->id)
		return;
	if (!search->live++)
		search->buffer = *buffer;
}

/*
 * An id that is not in fdinfo is released if the file knows it. If it is in fdinfo,
 * see_buffer() comes next.
 */
static void see_file(void *context, const struct held_file *file)
{
	struct search *search = context;
	struct gntdev_dmabuf_query query = {
		.size = sizeof(query), .id = search->find->id,
	};

	if (!is_wanted(search, file->fd))
		return;
	search->files++;
	if (file->gntdev < 0) {
		search->refused = true;
		return;
	}
	if (search->live || search->issued >= 0 ||
	    ioctl(file->gntdev, GNTDEV_DMABUF_QUERY, &query))
		return;
	search->issued = file->fd;
	search->buffer = (struct held_buffer){
		.pid = file->pid, .fd = file->fd, .id = search->find->id,
		.kind = "none", .state = "released",
	};
	strcpy(search->buffer.command, file->command);
}

static int explain(const struct search *search)
{
	const struct find *find = search->find;

	if (!search->files && find->fd >= 0)
		return fail(EXIT_FAILED, "descriptor %d of process %d is not one of "
			    "/dev/xen/gntdev; 'xen-dmabuf list' shows them", find->fd,
			    (int)find->pid);
	if (!search->files)
		return fail(EXIT_FAILED, "process %d has not opened /dev/xen/gntdev; 'xen-dmabuf "
			    "list' shows those with buffers", (int)find->pid);
	if (search->refused)
		return fail(EXIT_FAILED, "process %d has no buffer %" PRIu64 " now; run it as root "
			    "to see if there was one", (int)find->pid, find->id);
	return fail(EXIT_FAILED, "process %d has never had a buffer %" PRIu64 "; 'xen-dmabuf list' "
		    "shows those it has", (int)find->pid, find->id);
}

int find_buffer(const struct find *find, struct held_buffer *buffer)
{
	static const struct holders_ops ops = { .buffer = see_buffer, .file = see_file };
	struct search search = { .find = find, .issued = -1 };

	if (holders_scan(find->pid, &ops, &search))
		return fail_process(find->pid);
	if (search.live > 1)
		return fail_usage("process %d has %u buffers %" PRIu64 "; choose one with --fd",
				  (int)find->pid, search.live, find->id);
	if (!search.live && search.issued < 0)
		return explain(&search);
	*buffer = search.buffer;
	return EXIT_OK;
}
