// SPDX-License-Identifier: GPL-2.0
/*
 * share: makes a dma-buf, grants a domain access to it and sends it, until the domain has
 * released it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "channel.h"
#include "command.h"
#include "memory.h"
#include "names.h"
#include "picture.h"

#define CARD_WIDTH	640
#define CARD_HEIGHT	480
#define MAX_SIDE	16384
#define READ_SIZE	(8U << 20)
/* For the peer to release the buffer when it is asked to, and for the last grant to end. */
#define END_MS		3000
/* From one step of a moving card to the next. */
#define MOVE_MS		40

struct share {
	uint32_t domid;
	const char *name, *file, *heap, *dumb;
	uint64_t size;
	uint32_t width, height;
	const struct format *format;
	/* XENGNTTAB_DMABUF_IMPORT_* */
	uint32_t flags;
	bool has_domid, card, moving;
	unsigned int step;
	int timeout_ms;

	int input;
	struct memory memory;
	struct xengnttab_dmabuf_content content;
	xengnttab_dmabuf *buffer;
};

static const char usage[] =
	"usage: xen-dmabuf share --domain N [CONTENT] [MEMORY] [OPTIONS]\n\n"
	"Grants domain N access to a dma-buf, and waits until N has released it.\n\n"
	"Content:\n"
	"  --file F           a copy of this file\n"
	"  --card             a test card\n"
	"  --moving           a test card, in which a box moves 25 times a second\n"
	"  --size SIZE        zeros; SIZE in bytes, or with K, M, G\n"
	"Memory:\n"
	"  --memfd SIZE       a udmabuf over a memfd (default), of this size\n"
	"  --heap NAME        a heap of /dev/dma_heap\n"
	"  --dumb CARD        a dumb buffer of a DRM device: a node, or a driver's name\n"
	"Options:\n"
	"  --width W --height H --format F\n"
	"                     it is a picture, without padding between lines in a file;\n"
	"                     default of the card: 640 480 XRGB8888\n"
	"  --readonly         the domain may only read\n"
	"  --name NAME        the name for the receiver (default: buffer)\n"
	"  --timeout SECONDS  give up after this time (default: never)\n\n"
	"After this time or a signal it asks N to release the buffer, and waits for 3 seconds.\n";

enum {
	OPT_HEAP = 256, OPT_DUMB, OPT_MEMFD, OPT_CARD, OPT_MOVING, OPT_SIZE, OPT_WIDTH, OPT_HEIGHT,
	OPT_FORMAT, OPT_READONLY,
};

static const struct option options[] = {
	{ "domain", required_argument, NULL, 'd' },
	{ "file", required_argument, NULL, 'f' },
	{ "name", required_argument, NULL, 'n' },
	{ "timeout", required_argument, NULL, 't' },
	{ "help", no_argument, NULL, 'h' },
	{ "heap", required_argument, NULL, OPT_HEAP },
	{ "dumb", required_argument, NULL, OPT_DUMB },
	{ "memfd", required_argument, NULL, OPT_MEMFD },
	{ "card", no_argument, NULL, OPT_CARD },
	{ "moving", no_argument, NULL, OPT_MOVING },
	{ "size", required_argument, NULL, OPT_SIZE },
	{ "width", required_argument, NULL, OPT_WIDTH },
	{ "height", required_argument, NULL, OPT_HEIGHT },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "readonly", no_argument, NULL, OPT_READONLY },
	{ 0 },
};

static bool parse_side(const char *text, uint32_t *side)
{
	uint64_t number;

	if (!parse_number(text, MAX_SIDE, &number) || !number)
		return false;
	*side = (uint32_t)number;
	return true;
}

static bool parse_option(void *context, int option)
{
	struct share *share = context;

	switch (option) {
	case 'd':
		return share->has_domid = parse_domid(optarg, &share->domid);
	case 'f':
		share->file = optarg;
		return true;
	case 'n':
		share->name = optarg;
		return !names_check(optarg);
	case 't':
		return parse_seconds(optarg, &share->timeout_ms);
	case OPT_HEAP:
		share->heap = optarg;
		return !strchr(optarg, '/');
	case OPT_DUMB:
		share->dumb = optarg;
		return true;
	case OPT_MEMFD:
	case OPT_SIZE:
		return parse_size(optarg, &share->size);
	case OPT_CARD:
		return share->card = true;
	case OPT_MOVING:
		return share->card = share->moving = true;
	case OPT_WIDTH:
		return parse_side(optarg, &share->width);
	case OPT_HEIGHT:
		return parse_side(optarg, &share->height);
	case OPT_FORMAT:
		share->format = format_by_name(optarg);
		return share->format;
	default:
		share->flags = XENGNTTAB_DMABUF_IMPORT_READONLY;
		return true;
	}
}

/* Returns EXIT_OK, or the exit code after a message. */
static int check_options(struct share *share)
{
	if (share->card + !!share->file > 1)
		return fail_usage("--file and --card exclude each other");
	if (share->heap && share->dumb)
		return fail_usage("--heap and --dumb exclude each other");
	if (share->card) {
		share->width = share->width ?: CARD_WIDTH;
		share->height = share->height ?: CARD_HEIGHT;
		share->format = share->format ?: format_by_name("XRGB8888");
	}
	if (!share->width != !share->height || !share->width != !share->format)
		return fail_usage("a picture needs --width, --height and --format");
	if (!share->width && !share->file && !share->size)
		return fail_usage("say what to share: --file, --card or --size");
	if (!share->width && share->dumb)
		return fail_usage("--dumb needs --width, --height and --format");
	return EXIT_OK;
}

/* Returns -1 to go on, or an exit code. */
static int parse(struct share *share, int argc, char **argv)
{
	int code = parse_options(argc, argv, "d:f:n:t:h", options, parse_option, share);

	if (code >= 0)
		return code;
	if (optind < argc)
		return fail_extra(argv);
	if (!share->has_domid)
		return fail_usage("say which domain gets access: --domain N");
	return check_options(share) ?: -1;
}

static uint64_t line_bytes(const struct share *share)
{
	return (uint64_t)share->width * share->format->bytes;
}

/* The size of the content. Opens the file. 0 after a message. */
static uint64_t content_size(struct share *share)
{
	uint64_t need = share->width ? line_bytes(share) * share->height : 0;
	struct stat stat;

	if (!share->file)
		return need > share->size ? need : share->size;
	share->input = open(share->file, O_RDONLY | O_CLOEXEC);
	if (share->input < 0 || fstat(share->input, &stat) || !S_ISREG(stat.st_mode) ||
	    !stat.st_size) {
		fail(EXIT_FAILED, "cannot read %s; name a regular file that is not empty",
		     share->file);
		return 0;
	}
	if (need > (uint64_t)stat.st_size) {
		fail(EXIT_FAILED, "%s has %lld bytes, and the picture needs %" PRIu64 "; check "
		     "--width, --height and --format", share->file, (long long)stat.st_size, need);
		return 0;
	}
	return need ? need : (uint64_t)stat.st_size;
}

static int make_memory(struct share *share, uint64_t size)
{
	uint64_t room = size > share->size ? size : share->size;

	if (share->heap)
		return memory_heap(&share->memory, share->heap, room);
	if (share->dumb)
		return memory_dumb(&share->memory, share->dumb, share->width, share->height,
				   share->format->bytes * 8);
	return memory_memfd(&share->memory, room);
}

static int read_all(int fd, uint8_t *to, uint64_t size)
{
	while (size) {
		ssize_t done = read(fd, to, size < READ_SIZE ? size : READ_SIZE);

		progress("%" PRIu64 " MiB to read", size >> 20);
		if (done < 0 && errno == EINTR && !is_interrupted())
			continue;
		if (done <= 0)
			return -1;
		to += done;
		size -= (uint64_t)done;
	}
	return 0;
}

static int copy_file(struct share *share)
{
	uint32_t y;

	if (!share->width)
		return read_all(share->input, share->memory.bytes, share->content.length);
	for (y = 0; y < share->height; y++)
		if (read_all(share->input, share->memory.bytes +
			     (uint64_t)y * share->content.strides[0], line_bytes(share)))
			return -1;
	return 0;
}

static struct picture shared_picture(const struct share *share)
{
	return (struct picture){
		.format = share->format, .width = share->width, .height = share->height,
		.stride = share->content.strides[0], .memory = share->memory.bytes,
	};
}

static void move_card(struct share *share)
{
	const struct picture picture = shared_picture(share);

	if (!share->moving)
		return;
	dmabuf_sync(share->memory.fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	card_move(&picture, ++share->step);
	dmabuf_sync(share->memory.fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
}

static int fill(struct share *share)
{
	const struct picture picture = shared_picture(share);
	int result = 0;

	dmabuf_sync(share->memory.fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	if (share->card)
		card_paint(&picture);
	else if (share->file)
		result = copy_file(share);
	dmabuf_sync(share->memory.fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
	progress_end();
	return result ? fail(-1, "reading %s failed; check that nothing changes it", share->file) :
			0;
}

static int prepare(struct share *share)
{
	uint64_t size = content_size(share);
	uint32_t stride;

	if (!size || make_memory(share, size))
		return -1;
	share->content.length = size;
	if (share->width) {
		share->content.width = share->width;
		share->content.height = share->height;
		share->content.fourcc = share->format->fourcc;
		stride = share->memory.stride ?: (uint32_t)line_bytes(share);
		share->content.strides[0] = stride;
		if ((uint64_t)stride * share->height > size)
			share->content.length = (uint64_t)stride * share->height;
	}
	strcpy(share->content.name, share->name);
	return fill(share);
}

/* Returns the exit code: @reason if the peer was asked to release the buffer. */
static int released(const struct share *share, int error, int reason)
{
	if (error)
		return fail(EXIT_FAILED, "domain %u did not map the buffer (%s); check its limits",
			    share->domid, strerror(error));
	if (reason == EXIT_TIMEOUT)
		return fail(reason, "the time was over; domain %u has released the buffer when it "
			    "was asked to", share->domid);
	if (reason == EXIT_INTERRUPTED)
		return fail(reason, "interrupted; domain %u has released the buffer", share->domid);
	return EXIT_OK;
}

static int not_released(const struct share *share, int reason)
{
	if (reason == EXIT_TIMEOUT)
		return fail(reason, "domain %u has not released the buffer in time; its references "
			    "end when it unmaps them", share->domid);
	return fail(reason, "interrupted; the references end when domain %u unmaps them",
		    share->domid);
}

/* Until the peer has released the buffer. A signal or the end of the time asks it to. */
static int serve(struct share *share, struct channel *channel, xengnttab_dmabuf_stream *stream,
		 uint64_t number)
{
	struct xengnttab_dmabuf_event event = { .size = sizeof(event) };
	int64_t deadline = deadline_in(share->timeout_ms);
	int result, look_ms, reason = EXIT_OK;

	for (;;) {
		if (xengnttab_dmabuf_stream_flush(stream) && errno != EAGAIN && errno != EPIPE)
			break;
		look_ms = share->moving ? MOVE_MS : CHANNEL_LOOK_MS;
		result = xengnttab_dmabuf_stream_receive(stream, &event);
		if (result == 1) {
			xengnttab_dmabuf_event_clear(&event);
			if (event.type == XENGNTTAB_DMABUF_EVENT_RELEASED)
				return released(share, event.error, reason);
			/* However many there are, the time and signals count. */
			look_ms = 0;
		} else if (!result || (errno != EAGAIN && errno != EINTR)) {
			break;
		}
		if (!channel_wait(channel, deadline, look_ms)) {
			move_card(share);
			continue;
		}
		if (reason != EXIT_OK)
			return not_released(share, reason);
		reason = errno == ETIMEDOUT ? EXIT_TIMEOUT : EXIT_INTERRUPTED;
		if (!channel_is_connected(channel))
			return not_released(share, reason);
		xengnttab_dmabuf_stream_withdraw(stream, number);
		forget_signal();
		deadline = deadline_in(END_MS);
	}
	return fail(EXIT_FAILED, "domain %u has ended, or closed the stream without releasing the "
		    "buffer; its references end when it unmaps them", share->domid);
}

/* The peer's word is checked: the last reference has to be ended. */
static int end(struct share *share, int code)
{
	int ms = code == EXIT_OK ? END_MS : END_MS / 10;
	int result = xengnttab_dmabuf_revoke(share->buffer);

	if (!result)
		result = xengnttab_dmabuf_wait(share->buffer, ms);
	/* The old ioctls do not tell. */
	if (!result || errno == EOPNOTSUPP || code != EXIT_OK)
		return code;
	if (errno == EINTR)
		return not_released(share, EXIT_INTERRUPTED);
	return fail(EXIT_FAILED, "domain %u says that it has released the buffer, and still maps "
		    "it", share->domid);
}

static int send_buffer(struct share *share, xengnttab_handle *xgt, struct channel *channel)
{
	xengnttab_dmabuf_stream *stream;
	int code = EXIT_FAILED;
	uint64_t number;

	stream = xengnttab_dmabuf_stream_open_ops(xgt, share->domid, NULL, &channel_ops, channel);
	if (!stream || xengnttab_dmabuf_stream_send_refs(stream,
							 xengnttab_dmabuf_count(share->buffer),
							 xengnttab_dmabuf_refs(share->buffer),
							 share->flags, &share->content,
							 &number)) {
		fail(EXIT_FAILED, "cannot send the buffer (%s)", strerror(errno));
		goto out_close;
	}
	printf("shared '%s' with domain %u: %" PRIu64 " bytes, %u pages\n", share->name,
	       share->domid, share->content.length, xengnttab_dmabuf_count(share->buffer));
	fflush(stdout);
	code = serve(share, channel, stream, number);

out_close:
	xengnttab_dmabuf_stream_close(stream);
	return code;
}

static int share_memory(struct share *share, xengnttab_handle *xgt)
{
	int code;
	struct channel *channel = channel_serve(share->domid, share->name, &code);

	if (!channel)
		return code;
	share->buffer = xengnttab_dmabuf_import(xgt, share->domid, share->memory.fd, share->flags,
						0, 0);
	if (share->buffer)
		code = send_buffer(share, xgt, channel);
	else
		code = fail(errno == EOPNOTSUPP ? EXIT_UNSUPPORTED : EXIT_FAILED,
			    "cannot grant domain %u access to the dma-buf (%s); choose other "
			    "memory, a smaller size, or raise the limits of xen-gntdev",
			    share->domid, strerror(errno));
	channel_close(channel);
	if (share->buffer)
		code = end(share, code);
	xengnttab_dmabuf_free(share->buffer);
	return code;
}

static int run(int argc, char **argv)
{
	struct share share = {
		.content = { .size = sizeof(share.content) },
		.name = "buffer", .timeout_ms = -1, .input = -1, .memory = { .fd = -1 },
	};
	xengnttab_handle *xgt;
	int code;

	code = parse(&share, argc, argv);
	if (code >= 0)
		return code;
	catch_signals();
	xgt = open_gntdev(XENGNTTAB_DMABUF_CAP_IMPORT, XENGNTTAB_DMABUF_CAP_OLD_IMPORT, &code);
	if (!xgt)
		return code;
	code = prepare(&share) ? EXIT_FAILED : share_memory(&share, xgt);
	memory_close(&share.memory);
	if (share.input >= 0)
		close(share.input);
	xengnttab_close(xgt);
	return code;
}

const struct command share_command = {
	.name = "share", .summary = "share a dma-buf with a domain", .usage = usage, .run = run,
};
