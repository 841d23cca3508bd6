// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "../modules/frames.h"

#include "case.h"
#include "frames.h"
#include "restore.h"

#define DEVICE		"/dev/xen-test-frames"
#define DEBUGFS		"/sys/kernel/debug"
#define STATISTICS	DEBUGFS "/xen-balloon/contiguous"

int frames_open(void)
{
	frames_keep_cap();
	REQUIRE(!system("modprobe test-frames"));
	return frames_open_again();
}

int frames_open_again(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		case_error(__FILE__, __LINE__, DEVICE ": %m");
	return fd;
}

int frames_alloc(int fd, uint32_t nr, struct frames_run *run)
{
	struct frames_alloc args = { .nr = nr };

	if (ioctl(fd, FRAMES_ALLOC, &args))
		return -1;
	*run = (struct frames_run){
		.number = args.run,
		.nr = nr,
		.pfn = args.pfn,
	};
	return 0;
}

int frames_free_part(int fd, const struct frames_run *run, uint32_t first,
		     uint32_t nr)
{
	struct frames_free args = {
		.run = run->number,
		.first = first,
		.nr = nr,
	};

	return ioctl(fd, FRAMES_FREE, &args);
}

int frames_free(int fd, const struct frames_run *run)
{
	return frames_free_part(fd, run, 0, 0);
}

int frames_map(int fd, const struct frames_run *run, uint32_t domid,
	       const uint32_t *refs)
{
	struct frames_map args = {
		.run = run->number,
		.domid = domid,
		.refs = (uintptr_t)refs,
	};

	return ioctl(fd, FRAMES_MAP, &args);
}

int frames_unmap(int fd, const struct frames_run *run)
{
	return ioctl(fd, FRAMES_UNMAP, (unsigned long)run->number);
}

int frames_read(int fd, const struct frames_run *run, uint64_t offset, void *buffer,
		uint64_t length)
{
	struct frames_read args = {
		.run = run->number,
		.offset = offset,
		.length = length,
		.buffer = (uintptr_t)buffer,
	};

	return ioctl(fd, FRAMES_READ, &args);
}

/* ---- statistics */

static FILE *open_statistics(void)
{
	FILE *file = fopen(STATISTICS, "r");

	if (file)
		return file;
	mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	file = fopen(STATISTICS, "r");
	if (!file)
		FAIL(STATISTICS ": %m");
	return file;
}

static unsigned long *number_named(struct frames_stats *stats, const char *name)
{
	const struct {
		const char *name;
		unsigned long *value;
	} numbers[] = {
		{ "limit", &stats->limit },
		{ "chunks", &stats->chunks },
		{ "frames", &stats->frames },
		{ "used", &stats->used },
		{ "largest", &stats->largest },
		{ "ballooned", &stats->ballooned },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (!strcmp(numbers[i].name, name))
			return numbers[i].value;
	return NULL;
}

static void take_source(struct frames_stats *stats, const char *source)
{
	stats->is_region = !strcmp(source, "region");
	if (!stats->is_region && strcmp(source, "balloon"))
		FAIL("the statistics have a source '%s'", source);
}

/* Parses a line. Returns the bit that stands for this line. */
static unsigned int take_line(struct frames_stats *stats, const char *line)
{
	char name[32], value[32], *end;
	unsigned long *number;

	if (sscanf(line, "%31s %31s", name, value) != 2)
		FAIL("the statistics have a line '%s'", line);
	if (!strcmp(name, "source")) {
		take_source(stats, value);
		return 1;
	}
	number = number_named(stats, name);
	if (!number)
		FAIL("the statistics have a name '%s'", name);
	*number = strtoul(value, &end, 10);
	if (*end)
		FAIL("the statistics have '%s' for %s", value, name);
	return 2U << (number - &stats->limit);
}

void frames_stats(struct frames_stats *stats)
{
	unsigned int seen = 0;
	char line[80];
	FILE *file;

	*stats = (struct frames_stats){ 0 };
	file = open_statistics();
	while (fgets(line, sizeof(line), file)) {
		unsigned int which = take_line(stats, line);

		if (seen & which)
			FAIL("the statistics have a line twice: %s", line);
		seen |= which;
	}
	fclose(file);
	if (seen != 0x7f)
		FAIL("the statistics are not complete (lines %#x)", seen);
}

void frames_note(const char *when)
{
	struct frames_stats stats;

	frames_stats(&stats);
	note("%s: %s, %lu of at most %lu frames used, %lu chunks of %lu frames, "
	     "longest free run %lu, %lu of RAM", when,
	     stats.is_region ? "region" : "balloon", stats.used, stats.limit,
	     stats.chunks, stats.frames, stats.largest, stats.ballooned);
}

unsigned long frames_used(void)
{
	struct frames_stats stats;

	frames_stats(&stats);
	return stats.used;
}

/* ---- the cap */

void frames_keep_cap(void)
{
	keep_file(CONTIGUOUS_CAP);
}

void frames_set_cap(unsigned int mb)
{
	write_long(CONTIGUOUS_CAP, mb);
}

unsigned int frames_set_cap_chunks(unsigned int chunks)
{
	frames_set_cap(chunks * CHUNK_MB);
	return chunks * CHUNK_FRAMES;
}

/* ---- exports */

struct gntdev_dmabuf_query export_query(struct guest *guest, uint64_t id)
{
	struct gntdev_dmabuf_query answer;

	CHECK_OK(gntdev_query(guest->gntdev, id, &answer));
	return answer;
}

static struct export export_part(struct guest *guest, struct guest_pages *pages,
				 uint32_t first, uint32_t count)
{
	struct guest_pages part = { .count = count, .refs = pages->refs + first };

	return export_pages(guest, &part, 0);
}

/* Frees two groups of frames, in an order that depends on @swap. */
struct export export_shuffled(struct guest *guest, struct guest_pages *pages, bool swap)
{
	uint32_t half = pages->count / 2;
	struct export lots[] = {
		export_part(guest, pages, 0, half),
		export_part(guest, pages, half, pages->count - half),
	};

	export_close(guest, &lots[swap]);
	export_close(guest, &lots[!swap]);
	return export_pages(guest, pages, 0);
}
