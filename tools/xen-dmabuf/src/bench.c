// SPDX-License-Identifier: GPL-2.0
/*
 * bench: how long it takes to map and to unmap pages that another domain grants.
 *
 * 'bench --serve' grants pages of a udmabuf once, and sends their references over a channel: the
 * number as 4 bytes, then 4 bytes for each, in the order of this machine's bytes. The other side
 * exports and releases a dma-buf of the first so many of them, again and again. It answers with one
 * byte when it has measured. So both commands have to be of one machine, which domains are.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "command.h"
#include "memory.h"
#include "names.h"

#define PAGE		4096
#define MAX_COUNTS	16
#define MAX_ROUNDS	100000
/* For the release of one buffer. */
#define RELEASE_MS	10000
#define END_MS		3000

struct bench {
	uint32_t domid;
	bool has_domid, serve, json, touch;
	const char *name;
	int timeout_ms;
	uint32_t counts[MAX_COUNTS], count_count, most;
	uint64_t rounds;
};

/* Microseconds of each round. */
struct times {
	double *export, *touch, *release;
};

static const char usage[] =
	"usage: xen-dmabuf bench --serve --domain N [--pages P] [OPTIONS]\n"
	"       xen-dmabuf bench --domain N [--pages P,P...] [--rounds R] [--touch] [--json]\n"
	"                        [OPTIONS]\n\n"
	"Measures how long it takes to make dma-bufs of pages that domain N grants, and to\n"
	"release them. 'bench --serve' in domain N grants the pages; it serves one measurement.\n"
	"The times are wall-clock times of this machine, which other domains use as well.\n\n"
	"  --pages P,P...     sizes to measure, at most 16 (default: 1,16,256,1024);\n"
	"                     with --serve: how many to grant (default: 1024)\n"
	"  --rounds R         measure each size so often (default: 20)\n"
	"  --touch            also read a byte of each page in a mapping of this process\n"
	"  --name NAME        the name for both (default: bench)\n"
	"  --timeout SECONDS  how long to wait for the other domain (default: 10; --serve: never)\n"
	"  --json             print an array of JSON objects\n";

enum { OPT_JSON = 256, OPT_ROUNDS, OPT_SERVE, OPT_TOUCH };

static const struct option options[] = {
	{ "domain", required_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "name", required_argument, NULL, 'n' },
	{ "pages", required_argument, NULL, 'p' },
	{ "rounds", required_argument, NULL, OPT_ROUNDS },
	{ "serve", no_argument, NULL, OPT_SERVE },
	{ "timeout", required_argument, NULL, 't' },
	{ "touch", no_argument, NULL, OPT_TOUCH },
	{ 0 },
};

static bool parse_counts(struct bench *bench, char *text)
{
	char *rest, *word = strtok_r(text, ",", &rest);
	uint64_t number;

	bench->count_count = 0;
	bench->most = 0;
	for (; word; word = strtok_r(NULL, ",", &rest)) {
		if (bench->count_count == MAX_COUNTS || !*word ||
		    !parse_number(word, XENGNTTAB_DMABUF_MAX_PAGES, &number) || !number)
			return false;
		bench->counts[bench->count_count++] = (uint32_t)number;
		if (number > bench->most)
			bench->most = (uint32_t)number;
	}
	return bench->count_count;
}

static bool parse_option(void *context, int option)
{
	struct bench *bench = context;
	char text[256];

	switch (option) {
	case 'd':
		return bench->has_domid = parse_domid(optarg, &bench->domid);
	case 'n':
		bench->name = optarg;
		return !names_check(optarg);
	case 'p':
		if (strlen(optarg) >= sizeof(text))
			return false;
		return parse_counts(bench, strcpy(text, optarg));
	case 't':
		return parse_seconds(optarg, &bench->timeout_ms);
	case OPT_ROUNDS:
		return parse_number(optarg, MAX_ROUNDS, &bench->rounds) && bench->rounds;
	case OPT_SERVE:
		return bench->serve = true;
	case OPT_TOUCH:
		return bench->touch = true;
	default:
		return bench->json = true;
	}
}

static int check_options(struct bench *bench)
{
	static const uint32_t counts[] = { 1, 16, 256, 1024 };

	if (!bench->has_domid)
		return fail_usage("say which is the other domain: --domain N");
	if (bench->serve && bench->count_count > 1)
		return fail_usage("--serve takes one number of pages");
	if (!bench->count_count) {
		memcpy(bench->counts, counts, sizeof(counts));
		bench->count_count = sizeof(counts) / sizeof(counts[0]);
		bench->most = counts[bench->count_count - 1];
	}
	if (!bench->serve && bench->timeout_ms < 0)
		bench->timeout_ms = 10000;
	return EXIT_OK;
}

/* All of it, or false after a message. @code is what ended it. */
static bool transfer(struct channel *channel, bool write, void *data, size_t size,
		     int64_t deadline, int *code)
{
	uint8_t *at = data;

	while (size) {
		ssize_t done = write ? channel_ops.write(channel, at, size) :
				       channel_ops.read(channel, at, size);

		if (done > 0) {
			at += done;
			size -= (size_t)done;
			continue;
		}
		if (done < 0 && errno == EAGAIN &&
		    !channel_wait(channel, deadline, CHANNEL_LOOK_MS))
			continue;
		*code = is_interrupted() ? EXIT_INTERRUPTED :
			done < 0 && errno == ETIMEDOUT ? EXIT_TIMEOUT : EXIT_FAILED;
		fail(*code, "%s; start both commands again",
		     is_interrupted() ? "interrupted" : "the other domain has gone, or is late");
		return false;
	}
	return true;
}

/* Sends the references, and waits until the other side says that it has measured. */
static int send_refs(const struct bench *bench, struct channel *channel, xengnttab_dmabuf *buffer)
{
	int64_t deadline = deadline_in(bench->timeout_ms);
	uint32_t count = xengnttab_dmabuf_count(buffer);
	int code = EXIT_OK;
	char byte;

	if (transfer(channel, true, &count, sizeof(count), deadline, &code) &&
	    transfer(channel, true, (void *)xengnttab_dmabuf_refs(buffer),
		     (size_t)count * sizeof(uint32_t), deadline, &code))
		transfer(channel, false, &byte, sizeof(byte), deadline, &code);
	return code;
}

static int serve_buffer(const struct bench *bench, xengnttab_handle *xgt, int dmabuf)
{
	int code;
	struct channel *channel = channel_serve(bench->domid, bench->name, &code);
	xengnttab_dmabuf *buffer;

	if (!channel)
		return code;
	buffer = xengnttab_dmabuf_import(xgt, bench->domid, dmabuf, 0, 0, 0);
	if (buffer)
		code = send_refs(bench, channel, buffer);
	else
		code = fail(EXIT_FAILED, "cannot grant domain %u access to %u pages (%s); choose "
			    "fewer --pages, or raise the limits of xen-gntdev", bench->domid,
			    bench->most, strerror(errno));
	channel_close(channel);
	if (buffer && (xengnttab_dmabuf_revoke(buffer) || xengnttab_dmabuf_wait(buffer, END_MS)) &&
	    code == EXIT_OK)
		code = errno == EINTR ? fail(EXIT_INTERRUPTED, "interrupted") :
		       fail(EXIT_FAILED, "domain %u still maps pages; its references end when it "
			    "unmaps them", bench->domid);
	xengnttab_dmabuf_free(buffer);
	return code;
}

static int serve(const struct bench *bench)
{
	struct memory memory;
	xengnttab_handle *xgt;
	int code;

	xgt = open_gntdev(XENGNTTAB_DMABUF_CAP_IMPORT, 0, &code);
	if (!xgt)
		return code;
	code = EXIT_FAILED;
	if (!memory_memfd(&memory, (uint64_t)bench->most * PAGE)) {
		/* The memory is there before the time is taken. */
		memset(memory.bytes, 1, memory.size);
		code = serve_buffer(bench, xgt, memory.fd);
		memory_close(&memory);
	}
	xengnttab_close(xgt);
	return code;
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Returns 0, or -1 with errno set. */
static int touch_pages(int dmabuf, uint32_t pages)
{
	size_t size = (size_t)pages * PAGE, at;
	volatile uint8_t *memory = mmap(NULL, size, PROT_READ, MAP_SHARED, dmabuf, 0);

	if (memory == MAP_FAILED)
		return -1;
	for (at = 0; at < size; at += PAGE)
		(void)memory[at];
	return munmap((void *)memory, size);
}

/* One buffer, from the references to its release. Returns 0, or -1 with errno set. */
static int measure_one(const struct bench *bench, xengnttab_handle *xgt, const uint32_t *refs,
		       uint32_t pages, const struct times *times, size_t round)
{
	xengnttab_dmabuf *buffer;
	double start = now_us(), made, touched;
	int result = 0, dmabuf;

	buffer = xengnttab_dmabuf_export(xgt, bench->domid, 0, pages, refs, NULL, &dmabuf);
	if (!buffer)
		return -1;
	made = now_us();
	if (bench->touch)
		result = touch_pages(dmabuf, pages);
	touched = now_us();
	close(dmabuf);
	if (!result)
		result = xengnttab_dmabuf_wait(buffer, RELEASE_MS);
	times->export[round] = made - start;
	times->touch[round] = touched - made;
	times->release[round] = now_us() - touched;
	xengnttab_dmabuf_free(buffer);
	return result;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static void print_result(const struct bench *bench, const struct times *times, uint32_t index)
{
	size_t rounds = (size_t)bench->rounds;
	double export = median(times->export, rounds), touch = median(times->touch, rounds);
	double release = median(times->release, rounds), all = export + touch + release;
	uint32_t pages = bench->counts[index];

	progress_end();
	if (bench->json) {
		printf("%s{\"pages\": %u, \"rounds\": %zu, \"export_us\": %.1f, ",
		       index ? ",\n " : "", pages, rounds, export);
		if (bench->touch)
			printf("\"touch_us\": %.1f, ", touch);
		printf("\"release_us\": %.1f, \"buffer_us\": %.1f, \"page_us\": %.3f, "
		       "\"least_export_us\": %.1f, \"least_release_us\": %.1f}", release, all,
		       all / pages, times->export[0], times->release[0]);
		return;
	}
	if (!index)
		printf("%8s %12s %12s %12s %12s %12s\n", "pages", "export us", "touch us",
		       "release us", "buffer us", "us per page");
	printf("%8u %12.1f ", pages, export);
	if (bench->touch)
		printf("%12.1f", touch);
	else
		printf("%12s", "-");
	printf(" %12.1f %12.1f %12.3f\n", release, all, all / pages);
	fflush(stdout);
}

static int measure_size(const struct bench *bench, xengnttab_handle *xgt, const uint32_t *refs,
			uint32_t index, const struct times *times)
{
	uint64_t round;

	for (round = 0; round < bench->rounds; round++) {
		if (is_interrupted())
			return fail(EXIT_INTERRUPTED, "interrupted");
		if (measure_one(bench, xgt, refs, bench->counts[index], times, (size_t)round))
			return errno == EINTR ? fail(EXIT_INTERRUPTED, "interrupted") :
			       fail(EXIT_FAILED, "a dma-buf of %u pages cannot be made, mapped and "
				    "released (%s); choose fewer --pages, or raise the limits of "
				    "xen-gntdev", bench->counts[index], strerror(errno));
		progress("%u pages: round %" PRIu64 " of %" PRIu64, bench->counts[index],
			 round + 1, bench->rounds);
	}
	print_result(bench, times, index);
	return EXIT_OK;
}

static int measure_all(const struct bench *bench, xengnttab_handle *xgt, const uint32_t *refs)
{
	size_t rounds = (size_t)bench->rounds;
	double *values = calloc(rounds, 3 * sizeof(*values));
	struct times times = { values, values + rounds, values + 2 * rounds };
	int code = EXIT_OK;
	uint32_t i;

	if (!values)
		return fail(EXIT_FAILED, "out of memory; choose fewer --rounds");
	if (bench->json)
		putchar('[');
	for (i = 0; code == EXIT_OK && i < bench->count_count; i++)
		code = measure_size(bench, xgt, refs, i, &times);
	if (bench->json)
		puts("]");
	free(values);
	return code;
}

/* NULL after a message, with the exit code in @code. */
static uint32_t *receive_refs(const struct bench *bench, struct channel *channel, int64_t deadline,
			      int *code)
{
	uint32_t *refs, count;

	if (!transfer(channel, false, &count, sizeof(count), deadline, code))
		return NULL;
	if (count < bench->most || count > XENGNTTAB_DMABUF_MAX_PAGES) {
		*code = fail(EXIT_FAILED, "domain %u grants %u pages; start 'xen-dmabuf bench "
			     "--serve --pages %u' there", bench->domid, count, bench->most);
		return NULL;
	}
	refs = calloc(count, sizeof(*refs));
	if (!refs) {
		*code = fail(EXIT_FAILED, "out of memory; choose fewer --pages");
		return NULL;
	}
	if (transfer(channel, false, refs, count * sizeof(*refs), deadline, code))
		return refs;
	free(refs);
	return NULL;
}

static int measure(const struct bench *bench)
{
	int64_t deadline = deadline_in(bench->timeout_ms);
	struct channel *channel;
	xengnttab_handle *xgt;
	uint32_t *refs;
	int code;

	xgt = open_gntdev(XENGNTTAB_DMABUF_CAP_EXPORT, XENGNTTAB_DMABUF_CAP_OLD_EXPORT, &code);
	if (!xgt)
		return code;
	channel = channel_connect(bench->domid, bench->name, deadline, &code);
	refs = channel ? receive_refs(bench, channel, deadline, &code) : NULL;
	if (refs)
		code = measure_all(bench, xgt, refs);
	/* A sharer that has ended meanwhile does not matter. */
	if (refs && code == EXIT_OK)
		channel_ops.write(channel, "", 1);
	free(refs);
	channel_close(channel);
	xengnttab_close(xgt);
	return code;
}

static int run(int argc, char **argv)
{
	struct bench bench = { .name = "bench", .timeout_ms = -1, .rounds = 20 };
	int code = parse_options(argc, argv, "d:n:p:t:h", options, parse_option, &bench);

	if (code >= 0)
		return code;
	if (optind < argc)
		return fail_extra(argv);
	code = check_options(&bench);
	if (code != EXIT_OK)
		return code;
	catch_signals();
	return finish_stdout(bench.serve ? serve(&bench) : measure(&bench));
}

const struct command bench_command = {
	.name = "bench", .summary = "measure how long mapping and releasing takes",
	.usage = usage, .run = run,
};
