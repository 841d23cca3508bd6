// SPDX-License-Identifier: GPL-2.0
/*
 * receive: takes the dma-buf that a domain shares, writes what is in it to a file, and releases it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "channel.h"
#include "command.h"
#include "memory.h"
#include "names.h"
#include "picture.h"

#define DEFAULT_MS	10000
#define DEFAULT_PAGES	65536

struct receive {
	uint32_t domid;
	const char *name, *output;
	bool has_domid, png, json;
	uint32_t max_pages;
	int timeout_ms;
};

static const char usage[] =
	"usage: xen-dmabuf receive --domain N [OPTIONS] [NAME]\n\n"
	"Takes the dma-buf that domain N shares with this one as NAME (default: buffer), and\n"
	"releases it.\n\n"
	"  --output FILE      write it: a picture as PNG if FILE ends in .png, else the bytes;\n"
	"                     -: the bytes to standard output\n"
	"  --timeout SECONDS  how long to wait for the domain, and for the release (default: 10)\n"
	"  --max-pages N      refuse a larger buffer (default: 65536 pages of 4 KiB)\n"
	"  --json             print what it is as JSON\n";

enum { OPT_JSON = 256, OPT_PAGES };

static const struct option options[] = {
	{ "domain", required_argument, NULL, 'd' },
	{ "output", required_argument, NULL, 'o' },
	{ "timeout", required_argument, NULL, 't' },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "max-pages", required_argument, NULL, OPT_PAGES },
	{ 0 },
};

static bool parse_option(void *context, int option)
{
	struct receive *receive = context;
	uint64_t number;

	switch (option) {
	case 'd':
		return receive->has_domid = parse_domid(optarg, &receive->domid);
	case 'o':
		receive->output = optarg;
		return *optarg;
	case 't':
		return parse_seconds(optarg, &receive->timeout_ms);
	case OPT_PAGES:
		if (!parse_number(optarg, XENGNTTAB_DMABUF_MAX_PAGES, &number) || !number)
			return false;
		receive->max_pages = (uint32_t)number;
		return true;
	default:
		return receive->json = true;
	}
}

/* Returns -1 to go on, or an exit code. */
static int parse(struct receive *receive, int argc, char **argv)
{
	int code = parse_options(argc, argv, "d:o:t:h", options, parse_option, receive);
	size_t length;

	if (code >= 0)
		return code;
	if (optind < argc)
		receive->name = argv[optind++];
	if (optind < argc)
		return fail_extra(argv);
	if (names_check(receive->name))
		return fail_usage("'%s' is not a name: use letters, digits, - and _",
				  receive->name);
	if (!receive->has_domid)
		return fail_usage("say which domain shares it: --domain N");
	length = receive->output ? strlen(receive->output) : 0;
	receive->png = length > 4 && !strcmp(receive->output + length - 4, ".png");
	return -1;
}

/* The content is checked by the library: the picture is inside of the data, this in the pages. */
static int write_content(const struct receive *receive,
			 const struct xengnttab_dmabuf_content *content, uint8_t *data, FILE *file)
{
	const struct picture picture = {
		.format = format_by_fourcc(content->fourcc), .width = content->width,
		.height = content->height, .stride = content->stride, .memory = data,
	};

	if (!receive->png)
		return fwrite(data, 1, content->length, file) == content->length ? 0 : -1;
	return picture_write_png(&picture, file);
}

/* Can this be written as a PNG? Returns EXIT_OK, or the exit code after a message. */
static int check_picture(const struct xengnttab_dmabuf_content *content)
{
	const struct format *format = format_by_fourcc(content->fourcc);

	if (!content->fourcc)
		return fail(EXIT_FAILED, "the buffer is not a picture; write it to a file that "
			    "does not end in .png");
	if (!format || content->modifier)
		return fail(EXIT_FAILED, "pixels of format %08x, modifier %" PRIx64 ", cannot be "
			    "written as PNG; write them to a file that does not end in .png",
			    content->fourcc, content->modifier);
	if (content->stride / format->bytes < content->width)
		return fail(EXIT_FAILED, "the lines of the picture overlap; write it to a file "
			    "that does not end in .png");
	return EXIT_OK;
}

static int write_file(const struct receive *receive,
		      const struct xengnttab_dmabuf_content *content, uint8_t *data)
{
	bool is_stdout = !strcmp(receive->output, "-");
	FILE *file = is_stdout ? stdout : fopen(receive->output, "wb");
	int result;

	if (!file)
		return fail(EXIT_FAILED, "cannot write %s (%s); choose another --output",
			    receive->output, strerror(errno));
	result = write_content(receive, content, data, file);
	if (is_stdout ? fflush(file) : fclose(file))
		result = -1;
	if (!result)
		return EXIT_OK;
	fail(EXIT_FAILED, "writing %s failed; check the space there", receive->output);
	if (!is_stdout)
		unlink(receive->output);
	return EXIT_FAILED;
}

static int write_output(const struct receive *receive, const struct xengnttab_dmabuf_event *event)
{
	const struct xengnttab_dmabuf_content *content = &event->content;
	size_t size = (size_t)(content->offset + content->length);
	int code = receive->png ? check_picture(content) : EXIT_OK;
	uint8_t *memory;

	if (code != EXIT_OK)
		return code;
	memory = mmap(NULL, size, PROT_READ, MAP_SHARED, event->fd, 0);
	if (memory == MAP_FAILED)
		return fail(EXIT_FAILED, "cannot map the dma-buf (%s); a kernel without the "
			    "xen-dmabuf patches cannot", strerror(errno));
	dmabuf_sync(event->fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	code = write_file(receive, content, memory + content->offset);
	dmabuf_sync(event->fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	munmap(memory, size);
	return code;
}

/* Not in the way of the bytes on stdout. */
static void print_event(const struct receive *receive, const struct xengnttab_dmabuf_event *event)
{
	FILE *file = receive->output && !strcmp(receive->output, "-") ? stderr : stdout;
	const struct xengnttab_dmabuf_content *content = &event->content;
	const struct format *format = format_by_fourcc(content->fourcc);
	char name[XENGNTTAB_DMABUF_NAME_SIZE];

	copy_printable(name, sizeof(name), content->name);
	if (!receive->json) {
		fprintf(file, "received '%s' from domain %u: %" PRIu64 " bytes, %u pages",
			name, receive->domid, content->length,
			xengnttab_dmabuf_count(event->buffer));
		if (content->fourcc)
			fprintf(file, ", %ux%u %s", content->width, content->height,
				format ? format->name : "of an unknown format");
		fprintf(file, "\n");
		return;
	}
	fprintf(file, "{\"domain\": %u, \"name\": ", receive->domid);
	print_json_text(file, content->name);
	fprintf(file, ", \"pages\": %u, \"offset\": %" PRIu64 ", \"length\": %" PRIu64
		", \"readonly\": %s", xengnttab_dmabuf_count(event->buffer), content->offset,
		content->length,
		event->flags & XENGNTTAB_DMABUF_EXPORT_READONLY ? "true" : "false");
	if (content->fourcc)
		fprintf(file, ", \"width\": %u, \"height\": %u, \"stride\": %u, \"fourcc\": %u, "
			"\"modifier\": %" PRIu64, content->width, content->height, content->stride,
			content->fourcc, content->modifier);
	fprintf(file, "}\n");
}

static int next_event(const struct receive *receive, struct channel *channel,
		      xengnttab_dmabuf_stream *stream, struct xengnttab_dmabuf_event *event,
		      int64_t deadline)
{
	int result;

	while ((result = xengnttab_dmabuf_stream_receive(stream, event)) < 0 &&
	       (errno == EAGAIN || errno == EINTR)) {
		if (!channel_wait(channel, deadline, CHANNEL_LOOK_MS))
			continue;
		if (errno == EINTR)
			return fail(EXIT_INTERRUPTED, "interrupted before domain %u sent the "
				    "buffer", receive->domid);
		return fail(EXIT_TIMEOUT, "domain %u does not send the buffer; restart "
			    "'xen-dmabuf share' there", receive->domid);
	}
	if (result <= 0)
		return fail(EXIT_FAILED, "the stream of domain %u ended (%s); restart 'xen-dmabuf "
			    "share' there", receive->domid,
			    result ? strerror(errno) : "it was closed");
	if (event->type == XENGNTTAB_DMABUF_EVENT_BUFFER)
		return EXIT_OK;
	if (event->type == XENGNTTAB_DMABUF_EVENT_REFUSED)
		return fail(EXIT_FAILED, "the buffer of domain %u cannot be mapped (%s); check "
			    "--max-pages and the limits of xen-gntdev", receive->domid,
			    strerror(event->error));
	return fail(EXIT_FAILED, "domain %u sent no buffer; restart 'xen-dmabuf share' there",
		    receive->domid);
}

static int release(const struct receive *receive, struct channel *channel,
		   xengnttab_dmabuf_stream *stream, uint64_t number)
{
	int64_t deadline = deadline_in(receive->timeout_ms);

	if (xengnttab_dmabuf_stream_release(stream, number, receive->timeout_ms)) {
		/* The sharer has gone, and misses no answer. */
		if (errno == EPIPE)
			return EXIT_OK;
		if (errno != EAGAIN)
			return fail(errno == ETIMEDOUT ? EXIT_TIMEOUT : EXIT_FAILED,
				    "the buffer is not released (%s); another process uses it",
				    strerror(errno));
	}
	while (xengnttab_dmabuf_stream_flush(stream) && errno == EAGAIN)
		if (channel_wait(channel, deadline, CHANNEL_LOOK_MS))
			break;
	return EXIT_OK;
}

static int receive_buffer(const struct receive *receive, xengnttab_handle *xgt,
			  struct channel *channel, int64_t deadline)
{
	const struct xengnttab_dmabuf_limits limits = {
		.size = sizeof(limits), .max_buffers = 1,
		.max_pages = receive->max_pages, .max_total_pages = receive->max_pages,
	};
	struct xengnttab_dmabuf_event event = { .size = sizeof(event), .fd = -1 };
	xengnttab_dmabuf_stream *stream;
	int code, end;

	stream = xengnttab_dmabuf_stream_open_ops(xgt, receive->domid, &limits, &channel_ops,
						  channel);
	if (!stream)
		return fail(EXIT_FAILED, "cannot open the stream (%s)", strerror(errno));
	code = next_event(receive, channel, stream, &event, deadline);
	if (code == EXIT_OK) {
		print_event(receive, &event);
		if (receive->output)
			code = write_output(receive, &event);
		xengnttab_dmabuf_event_clear(&event);
		end = release(receive, channel, stream, event.number);
		code = code ?: end;
	}
	xengnttab_dmabuf_stream_close(stream);
	return code;
}

static int run(int argc, char **argv)
{
	struct receive receive = {
		.name = "buffer", .timeout_ms = DEFAULT_MS, .max_pages = DEFAULT_PAGES,
	};
	struct channel *channel;
	xengnttab_handle *xgt;
	int64_t deadline;
	int code;

	code = parse(&receive, argc, argv);
	if (code >= 0)
		return code;
	if (receive.output && !strcmp(receive.output, "-") && isatty(STDOUT_FILENO))
		return fail_usage("standard output is a terminal; name a file with --output");
	catch_signals();
	xgt = open_gntdev(XENGNTTAB_DMABUF_CAP_EXPORT, XENGNTTAB_DMABUF_CAP_OLD_EXPORT, &code);
	if (!xgt)
		return code;
	deadline = deadline_in(receive.timeout_ms);
	channel = channel_connect(receive.domid, receive.name, deadline, &code);
	if (channel) {
		code = receive_buffer(&receive, xgt, channel, deadline);
		channel_close(channel);
	}
	xengnttab_close(xgt);
	return code;
}

const struct command receive_command = {
	.name = "receive", .summary = "receive a dma-buf that a domain shares", .usage = usage,
	.run = run,
};
