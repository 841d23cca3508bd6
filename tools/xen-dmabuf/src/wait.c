// SPDX-License-Identifier: GPL-2.0
/*
 * wait: until a buffer of a process is released.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "find.h"

/* How often a signal, which can come just before poll(2), is looked for. */
#define LOOK_MS		200

struct wait {
	struct find find;
	int timeout_ms;
};

static const char usage[] =
	"usage: xen-dmabuf wait --pid P --id N [OPTIONS]\n\n"
	"Waits until a buffer of a process is released: then no grant of an export is mapped, and\n"
	"the peer has no access to an import. It goes on when the process has ended.\n\n"
	FIND_USAGE
	"  --timeout SECONDS  give up after this time (default: never)\n";

static const struct option options[] = {
	FIND_OPTIONS,
	{ "help", no_argument, NULL, 'h' },
	{ "timeout", required_argument, NULL, 't' },
	{ 0 },
};

static bool parse_option(void *context, int option)
{
	struct wait *wait = context;

	if (option == 't')
		return parse_seconds(optarg, &wait->timeout_ms);
	return find_parse_option(&wait->find, option);
}

/* The kernel keeps the eventfd for the buffer, so the process's file need not stay open. */
static int notify(const struct held_buffer *buffer, int event, uint32_t flags)
{
	struct gntdev_dmabuf_notify args = {
		.size = sizeof(args), .flags = flags, .id = buffer->id, .eventfd = event,
	};
	int gntdev = holders_take_file(buffer->pid, buffer->fd), result, error;

	if (gntdev < 0)
		return -1;
	result = ioctl(gntdev, GNTDEV_DMABUF_NOTIFY, &args);
	error = errno;
	close(gntdev);
	errno = error;
	return result;
}

static int wait_event(const struct wait *wait, const struct held_buffer *buffer, int event)
{
	struct pollfd pollfd = { .fd = event, .events = POLLIN };
	int64_t deadline = deadline_in(wait->timeout_ms);
	int code = EXIT_OK;

	/* From now on the end of the process does not matter. */
	printf("waiting for buffer %" PRIu64 " of process %d, %u pages\n", buffer->id,
	       (int)buffer->pid, buffer->pages);
	fflush(stdout);
	while (poll(&pollfd, 1, ms_until(deadline, LOOK_MS)) <= 0) {
		if (is_interrupted())
			code = fail(EXIT_INTERRUPTED, "interrupted; the buffer is not released");
		else if (!ms_until(deadline, 1))
			code = fail(EXIT_TIMEOUT, "buffer %" PRIu64 " of process %d is not "
				    "released in time; 'xen-dmabuf query' shows its users",
				    buffer->id, (int)buffer->pid);
		if (code == EXIT_OK)
			continue;
		/* It is lost with the buffer otherwise. */
		notify(buffer, event, GNTDEV_DMABUF_NOTIFY_REMOVE);
		break;
	}
	return code;
}

static int explain(const struct held_buffer *buffer)
{
	switch (errno) {
	case EPERM:
		return fail(EXIT_FAILED, "cannot wait for buffers of process %d (%s); run it as "
			    "root", (int)buffer->pid, strerror(errno));
	case ENOTTY:
		return fail(EXIT_UNSUPPORTED, "this kernel's gntdev cannot do it; boot a kernel "
			    "with the xen-dmabuf patches");
	case ESRCH:
	case EBADF:
		return fail(EXIT_FAILED, "process %d has just ended, or closed its gntdev; nothing "
			    "tells any more when the buffer is released", (int)buffer->pid);
	default:
		return fail(EXIT_FAILED, "cannot wait for buffer %" PRIu64 " (%s); wait until "
			    "other waiters have ended", buffer->id, strerror(errno));
	}
}

static int wait_buffer(const struct wait *wait, const struct held_buffer *buffer)
{
	int event, code;

	if (!strcmp(buffer->state, "released"))
		return EXIT_OK;
	event = eventfd(0, EFD_CLOEXEC);
	if (event < 0)
		return fail(EXIT_FAILED, "cannot make an eventfd (%s)", strerror(errno));
	if (notify(buffer, event, 0))
		code = explain(buffer);
	else
		code = wait_event(wait, buffer, event);
	close(event);
	return code;
}

static int run(int argc, char **argv)
{
	struct wait wait = { .find = { .fd = -1 }, .timeout_ms = -1 };
	int code = parse_options(argc, argv, "t:h", options, parse_option, &wait);
	struct held_buffer buffer;

	if (code >= 0)
		return code;
	if (optind < argc)
		return fail_extra(argv);
	catch_signals();
	code = find_check(&wait.find) ?: find_buffer(&wait.find, &buffer);
	if (code != EXIT_OK)
		return code;
	return wait_buffer(&wait, &buffer);
}

const struct command wait_command = {
	.name = "wait", .summary = "wait until a buffer of a process is released",
	.usage = usage, .run = run,
};
