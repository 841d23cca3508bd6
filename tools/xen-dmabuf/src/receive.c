// SPDX-License-Identifier: GPL-2.0
/*
 * receive: takes the dma-buf that a domain shares, writes what is in it to a file, and releases it.
 * snapshot: the same, always to a PNG file.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "program.h"
#include "session.h"
#include "view.h"

static const char png_end[] = ".png";
static const char otherwise[] = "use 'xen-dmabuf receive' with a file that does not end in .png";

struct receive {
	struct source source;
	const char *output, *program;
	bool png, json;
};

static const char receive_usage[] =
	"usage: xen-dmabuf receive --domain N [OPTIONS] [NAME]\n\n"
	"Takes the dma-buf that domain N shares with this one as NAME (default: buffer), and\n"
	"releases it.\n\n"
	"  --output FILE      write it: a picture as PNG if FILE ends in .png, else the bytes;\n"
	"                     -: the bytes to standard output\n"
	"  --exec COMMAND     run it by sh with the dma-buf as descriptor 3, and what it holds in\n"
	"                     XEN_DMABUF_WIDTH and so on, and release the buffer when it ends\n"
	SOURCE_USAGE
	"  --json             print what it is as JSON\n";

static const char snapshot_usage[] =
	"usage: xen-dmabuf snapshot --domain N [OPTIONS] [NAME]\n\n"
	"Takes the picture that domain N shares with this one as NAME (default: buffer), writes\n"
	"it as PNG, and releases it. This is 'receive --output NAME.png'.\n\n"
	"  --output FILE      write it there; the name must end in .png (default: NAME.png)\n"
	SOURCE_USAGE
	"  --json             print what it is as JSON\n";

enum { OPT_JSON = 256, OPT_EXEC };

static const struct option options[] = {
	SOURCE_OPTIONS,
	{ "output", required_argument, NULL, 'o' },
	{ "exec", required_argument, NULL, OPT_EXEC },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ 0 },
};

static bool parse_option(void *context, int option)
{
	struct receive *receive = context;

	switch (option) {
	case 'o':
		receive->output = optarg;
		return *optarg;
	case OPT_EXEC:
		receive->program = optarg;
		return true;
	case OPT_JSON:
		return receive->json = true;
	default:
		return source_parse_option(&receive->source, option);
	}
}

/* Returns -1 to go on, or an exit code. */
static int parse(struct receive *receive, int argc, char **argv)
{
	int code = parse_options(argc, argv, SOURCE_LETTERS "o:h", options, parse_option, receive);
	size_t length;

	if (code < 0)
		code = source_parse_name(&receive->source, argc, argv) ?: -1;
	if (code >= 0)
		return code;
	length = receive->output ? strlen(receive->output) : 0;
	receive->png = length > strlen(png_end) &&
		       !strcmp(receive->output + length - strlen(png_end), png_end);
	return -1;
}

static int write_content(const struct view *view, const struct picture *picture, FILE *file)
{
	if (picture->format)
		return picture_write_png(picture, file);
	return fwrite(view->data, 1, view->content->length, file) == view->content->length ? 0 : -1;
}

static int write_file(const struct receive *receive, const struct view *view,
		      const struct picture *picture)
{
	bool is_stdout = !strcmp(receive->output, "-");
	FILE *file = is_stdout ? stdout : fopen(receive->output, "wbe");
	struct stat stat;
	int result;

	if (!file)
		return fail(EXIT_FAILED, "cannot write %s (%s); choose another --output",
			    receive->output, strerror(errno));
	result = write_content(view, picture, file);
	if (is_stdout ? fflush(file) : fclose(file))
		result = -1;
	if (!result)
		return EXIT_OK;
	fail(EXIT_FAILED, "writing %s failed; check the space there", receive->output);
	/* A device, a pipe or a link was there before. */
	if (!is_stdout && !lstat(receive->output, &stat) && S_ISREG(stat.st_mode))
		unlink(receive->output);
	return EXIT_FAILED;
}

static int write_output(const struct receive *receive, const struct session *session)
{
	struct picture picture = { 0 };
	struct view view;
	int code = EXIT_OK;

	if (receive->png)
		code = view_picture(&session->event.content, &picture, otherwise);
	if (code == EXIT_OK)
		code = view_open(&view, session);
	if (code != EXIT_OK)
		return code;
	picture.memory = (uint8_t *)view.data + view.content->offsets[0];
	view_begin(&view);
	code = write_file(receive, &view, &picture);
	view_end(&view);
	view_close(&view);
	return code;
}

static void print_planes(const struct xengnttab_dmabuf_content *content, FILE *file)
{
	unsigned int i;

	fprintf(file, ", \"planes\": [");
	for (i = 0; i < XENGNTTAB_DMABUF_PLANES && content->strides[i]; i++)
		fprintf(file, "%s{\"offset\": %u, \"stride\": %u}", i ? ", " : "",
			content->offsets[i], content->strides[i]);
	fprintf(file, "]");
}

static void print_json(const struct session *session, FILE *file)
{
	const struct xengnttab_dmabuf_event *event = &session->event;
	const struct xengnttab_dmabuf_content *content = &event->content;

	fprintf(file, "{\"domain\": %u, \"name\": ", session->source->domid);
	print_json_text(file, content->name);
	fprintf(file, ", \"pages\": %u, \"offset\": %" PRIu64 ", \"length\": %" PRIu64
		", \"readonly\": %s", xengnttab_dmabuf_count(event->buffer), content->offset,
		content->length,
		event->flags & XENGNTTAB_DMABUF_EXPORT_READONLY ? "true" : "false");
	if (content->fourcc) {
		fprintf(file, ", \"width\": %u, \"height\": %u, \"fourcc\": %u, \"modifier\": %"
			PRIu64, content->width, content->height, content->fourcc,
			content->modifier);
		print_planes(content, file);
	}
	fprintf(file, "}\n");
}

static void print_line(const struct session *session, FILE *file)
{
	const struct xengnttab_dmabuf_content *content = &session->event.content;
	const struct format *format = format_by_fourcc(content->fourcc);
	char name[XENGNTTAB_DMABUF_NAME_SIZE];

	copy_printable(name, sizeof(name), content->name);
	fprintf(file, "received '%s' from domain %u: %" PRIu64 " bytes, %u pages", name,
		session->source->domid, content->length,
		xengnttab_dmabuf_count(session->event.buffer));
	if (content->fourcc)
		fprintf(file, ", %ux%u %s", content->width, content->height,
			format ? format->name : "of an unknown format");
	fprintf(file, "\n");
}

/* Not in the way of the bytes on stdout. */
static void print_buffer(const struct receive *receive, const struct session *session)
{
	FILE *file = receive->output && !strcmp(receive->output, "-") ? stderr : stdout;

	if (receive->json)
		print_json(session, file);
	else
		print_line(session, file);
	fflush(file);
}

static int receive_buffer(const struct receive *receive)
{
	struct session session;
	int code;

	catch_signals();
	code = session_open(&session, &receive->source);
	if (code != EXIT_OK)
		return code;
	print_buffer(receive, &session);
	if (receive->output)
		code = write_output(receive, &session);
	if (receive->program && code == EXIT_OK)
		code = program_run(&session, receive->program);
	return finish_stdout(session_close(&session, code));
}

static int run_receive(int argc, char **argv)
{
	struct receive receive = { .source = SOURCE_DEFAULTS };
	int code = parse(&receive, argc, argv);

	if (code >= 0)
		return code;
	if (receive.output && !strcmp(receive.output, "-") && isatty(STDOUT_FILENO))
		return fail_usage("standard output is a terminal; name a file with --output");
	return receive_buffer(&receive);
}

static int run_snapshot(int argc, char **argv)
{
	struct receive receive = { .source = SOURCE_DEFAULTS };
	int code = parse(&receive, argc, argv);
	char output[128];

	if (code >= 0)
		return code;
	if (receive.program)
		return fail_usage("--exec is an option of receive");
	if (receive.output && !receive.png)
		return fail_usage("'%s' does not end in .png", receive.output);
	snprintf(output, sizeof(output), "%s%s", receive.source.name, png_end);
	if (!receive.output)
		receive.output = output;
	receive.png = true;
	return receive_buffer(&receive);
}

const struct command receive_command = {
	.name = "receive", .summary = "receive a dma-buf that a domain shares",
	.usage = receive_usage, .run = run_receive,
};

const struct command snapshot_command = {
	.name = "snapshot", .summary = "receive a picture as PNG", .usage = snapshot_usage,
	.run = run_snapshot,
};
