// SPDX-License-Identifier: GPL-2.0
/*
 * watch: keeps a picture that a domain shares, and writes it again and again, as y4m or PNG.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "session.h"
#include "view.h"

#define MAX_PATH	512
#define MAX_INTERVAL	3600000
#define MAX_DIGITS	9

static const char otherwise[] = "use 'xen-dmabuf receive' with a file that does not end in .png";

/**
 * struct watch - the options, and the frames
 * @count: write so many; 0: no limit
 * @output: "-", the y4m file, or the pattern of the PNG files
 * @digits: the least digits of the number in the pattern
 * @head, @tail: what is before and after %d in the pattern; without a %d @numbered is not set
 * @frame: the picture, copied out of the buffer
 * @planes: the picture as y4m has it
 * @file: the y4m stream
 */
struct watch {
	struct source source;
	bool png, numbered;
	uint64_t interval_ms, count;
	const char *output;
	unsigned int digits;
	char head[MAX_PATH];
	const char *tail;
	struct picture picture;
	uint8_t *frame, *planes;
	size_t frame_size, planes_size;
	FILE *file;
	uint64_t written;
};

static const char usage[] =
	"usage: xen-dmabuf watch --domain N [OPTIONS] [NAME]\n\n"
	"Keeps the picture that domain N shares with this one as NAME (default: buffer), and\n"
	"writes it again and again, until N wants it back, --count is reached, the output is\n"
	"closed, or a signal comes.\n\n"
	"  --format F         y4m (default): a stream of frames of 4:4:4 Y'CbCr; or png\n"
	"  --output FILE      y4m: the file; -: standard output (default)\n"
	"                     png: the file, which is replaced at once by each frame; with %d or\n"
	"                     %04d in its name a file for each frame, from 0\n"
	"  --interval MS      from frame to frame (default: 40)\n"
	"  --count K          stop after K frames (default: never)\n"
	SOURCE_USAGE;

enum { OPT_COUNT = 256, OPT_FORMAT, OPT_INTERVAL };

static const struct option options[] = {
	SOURCE_OPTIONS,
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "help", no_argument, NULL, 'h' },
	{ "interval", required_argument, NULL, OPT_INTERVAL },
	{ "output", required_argument, NULL, 'o' },
	{ 0 },
};

static bool parse_option(void *context, int option)
{
	struct watch *watch = context;

	switch (option) {
	case OPT_COUNT:
		return parse_number(optarg, UINT64_MAX, &watch->count) && watch->count;
	case OPT_FORMAT:
		watch->png = !strcmp(optarg, "png");
		return watch->png || !strcmp(optarg, "y4m");
	case OPT_INTERVAL:
		return parse_number(optarg, MAX_INTERVAL, &watch->interval_ms) &&
		       watch->interval_ms;
	case 'o':
		watch->output = optarg;
		return *optarg;
	default:
		return source_parse_option(&watch->source, option);
	}
}

/* One %d, which may have a 0 and a digit. Returns false if there is another %. */
static bool parse_pattern(struct watch *watch)
{
	const char *at = strchr(watch->output, '%');

	strcpy(watch->head, watch->output);
	watch->tail = "";
	if (!at)
		return true;
	watch->head[at++ - watch->output] = '\0';
	watch->numbered = true;
	if (at[0] == '0' && at[1] >= '1' && at[1] <= '0' + MAX_DIGITS) {
		watch->digits = (unsigned int)(at[1] - '0');
		at += 2;
	}
	watch->tail = at + 1;
	return *at == 'd' && !strchr(watch->tail, '%');
}

static int check_output(struct watch *watch)
{
	if (!watch->png && !watch->output)
		watch->output = "-";
	if (!watch->output || (watch->png && !strcmp(watch->output, "-")))
		return fail_usage("say where the PNG files go: --output FILE-%%d.png");
	if (strlen(watch->output) >= MAX_PATH - 40)
		return fail_usage("the name of the output is too long");
	if (watch->png && !parse_pattern(watch))
		return fail_usage("'%s' has a %% that is not %%d or %%0Nd", watch->output);
	if (!strcmp(watch->output, "-") && isatty(STDOUT_FILENO))
		return fail_usage("standard output is a terminal; name a file with --output");
	return EXIT_OK;
}

/* The path of this frame's file, with @end. It has room: see check_output(). */
static void png_path(const struct watch *watch, const char *end, char path[MAX_PATH])
{
	char number[32] = "";

	if (watch->numbered)
		snprintf(number, sizeof(number), "%0*" PRIu64, (int)watch->digits, watch->written);
	strcpy(path, watch->head);
	strcat(path, number);
	strcat(path, watch->tail);
	strcat(path, end);
}

/* Other programs see the old file or the new one, never a part. */
static int write_png(struct watch *watch)
{
	char path[MAX_PATH], part[MAX_PATH];
	struct stat stat;
	FILE *file;
	int result;

	png_path(watch, "", path);
	png_path(watch, ".part", part);
	if (!lstat(path, &stat) && !S_ISREG(stat.st_mode))
		return fail(EXIT_FAILED, "%s is not a regular file; choose another --output", path);
	/* A new file, so that a link of that name does not lead elsewhere. */
	unlink(part);
	file = fopen(part, "wbxe");
	if (!file)
		return fail(EXIT_FAILED, "cannot write %s (%s); choose another --output", part,
			    strerror(errno));
	result = picture_write_png(&watch->picture, file);
	if (fclose(file) || result || rename(part, path)) {
		unlink(part);
		return fail(EXIT_FAILED, "writing %s failed; check the space there", path);
	}
	return EXIT_OK;
}

/* Frames per second as a fraction. */
static int write_y4m_header(struct watch *watch)
{
	fprintf(watch->file, "YUV4MPEG2 W%u H%u F1000:%" PRIu64 " Ip A1:1 C444 "
		"XCOLORRANGE=LIMITED\n", watch->picture.width, watch->picture.height,
		watch->interval_ms);
	return fflush(watch->file);
}

/* Returns 0, or -1 with errno set. */
static int write_y4m_frame(struct watch *watch)
{
	static const char header[] = "FRAME\n";

	picture_to_ycbcr(&watch->picture, watch->planes);
	if (fwrite(header, 1, strlen(header), watch->file) != strlen(header) ||
	    fwrite(watch->planes, 1, watch->planes_size, watch->file) != watch->planes_size)
		return -1;
	return fflush(watch->file);
}

/* Returns EXIT_OK to go on. EPIPE is how a reader ends it: then it sets @over. */
static int write_frame(struct watch *watch, bool *over)
{
	if (watch->png)
		return write_png(watch);
	if ((watch->written || !write_y4m_header(watch)) && !write_y4m_frame(watch))
		return EXIT_OK;
	if (errno == EPIPE) {
		*over = true;
		return EXIT_OK;
	}
	return is_interrupted() ? EXIT_OK :
	       fail(EXIT_FAILED, "writing failed (%s); check the space there", strerror(errno));
}

static void copy_frame(struct watch *watch, const struct view *view)
{
	view_begin(view);
	memcpy(watch->frame, view->data + view->content->offsets[0], watch->frame_size);
	view_end(view);
}

static int write_frames(struct watch *watch, struct session *session, const struct view *view)
{
	int64_t next = deadline_in(0);
	int code = EXIT_OK;
	bool over = false;

	while (code == EXIT_OK && !over && (!watch->count || watch->written < watch->count)) {
		over = session_is_over(session, ms_until(next, MAX_INTERVAL));
		if (is_interrupted())
			return fail(EXIT_INTERRUPTED, "interrupted after %" PRIu64 " frames",
				    watch->written);
		if (over)
			break;
		/* Frames that the output was too slow for are left out. */
		next += (int64_t)watch->interval_ms;
		if (!ms_until(next, 1))
			next = deadline_in(0);
		copy_frame(watch, view);
		code = write_frame(watch, &over);
		watch->written++;
		progress("%" PRIu64 " frames", watch->written);
	}
	return code;
}

static int prepare(struct watch *watch, const struct session *session)
{
	const struct xengnttab_dmabuf_content *content = &session->event.content;
	int code = view_picture(content, &watch->picture, otherwise);

	if (code != EXIT_OK)
		return code;
	watch->frame_size = (size_t)content->strides[0] * content->height;
	watch->planes_size = (size_t)content->width * content->height * 3;
	watch->frame = malloc(watch->frame_size);
	watch->planes = watch->png ? NULL : malloc(watch->planes_size);
	watch->picture.memory = watch->frame;
	if (!watch->frame || (!watch->png && !watch->planes))
		return fail(EXIT_FAILED, "out of memory for a frame of %zu bytes",
			    watch->frame_size);
	if (watch->png)
		return EXIT_OK;
	watch->file = strcmp(watch->output, "-") ? fopen(watch->output, "wbe") : stdout;
	if (!watch->file)
		return fail(EXIT_FAILED, "cannot write %s (%s); choose another --output",
			    watch->output, strerror(errno));
	return EXIT_OK;
}

static int finish(struct watch *watch, int code)
{
	free(watch->frame);
	free(watch->planes);
	if (!watch->file || watch->file == stdout || !fclose(watch->file) || code != EXIT_OK)
		return code;
	return fail(EXIT_FAILED, "writing %s failed; check the space there", watch->output);
}

static int watch_picture(struct watch *watch)
{
	struct session session;
	struct view view;
	int code = session_open(&session, &watch->source);

	if (code != EXIT_OK)
		return code;
	code = prepare(watch, &session);
	if (code == EXIT_OK)
		code = view_open(&view, &session);
	if (code == EXIT_OK) {
		code = write_frames(watch, &session, &view);
		view_close(&view);
	}
	progress_end();
	code = finish(watch, code);
	return session_close(&session, code);
}

static int run(int argc, char **argv)
{
	struct watch watch = { .source = SOURCE_DEFAULTS, .interval_ms = 40 };
	int code = parse_options(argc, argv, SOURCE_LETTERS "o:h", options, parse_option, &watch);

	if (code < 0)
		code = source_parse_name(&watch.source, argc, argv) ?: check_output(&watch) ?: -1;
	if (code >= 0)
		return code;
	catch_signals();
	return watch_picture(&watch);
}

const struct command watch_command = {
	.name = "watch", .summary = "write a shared picture as a stream or files", .usage = usage,
	.run = run,
};
