// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>

#include "case.h"
#include "measure.h"

#define FILE_BYTES	16384
#define LINE_BYTES	4096
#define KIB_PER_PAGE	4
#define OTHERS_MS	100

/* Printed as one line, because other output may occur meanwhile. */
static char line[LINE_BYTES];
static size_t line_length;

static xc_interface *xen;
static uint32_t quiet_domid;

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	REQUIRE(fd >= 0);
	REQUIRE(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

void quiet_open(uint32_t domid)
{
	const struct sched_param first = { .sched_priority = 1 };

	REQUIRE(!sched_setscheduler(0, SCHED_FIFO, &first));
	/* By default, the kernel throttles a real-time process that runs for a second. */
	write_text("/proc/sys/kernel/sched_rt_runtime_us", "-1");
	xen = xc_interface_open(NULL, NULL, 0);
	REQUIRE(xen);
	quiet_domid = domid;
}

/*
 * The scheduler does not let other processes wait for a whole second. Let them run before the
 * measured operation, so that they do not run during it.
 */
void quiet_begin(void)
{
	sleep_ms(OTHERS_MS);
	REQUIRE(!xc_domain_pause(xen, quiet_domid));
}

void quiet_end(void)
{
	REQUIRE(!xc_domain_unpause(xen, quiet_domid));
}

void samples_add(struct samples *samples, int64_t value)
{
	REQUIRE(samples->count < MAX_SAMPLES);
	samples->values[samples->count++] = value;
}

struct player {
	pthread_t thread;
	sem_t begin;
	unsigned int i;
	void (*turn)(void *data, unsigned int i);
	void *data;
};

static void *play(void *argument)
{
	struct player *player = argument;

	while (sem_wait(&player->begin))
		REQUIRE(errno == EINTR);
	player->turn(player->data, player->i);
	return NULL;
}

void take_turns(unsigned int count, void (*turn)(void *data, unsigned int i),
		void *data)
{
	struct player players[MAX_SAMPLES];
	unsigned int i;

	REQUIRE(count <= MAX_SAMPLES);
	for (i = 0; i < count; i++) {
		players[i] = (struct player){ .i = i, .turn = turn, .data = data };
		REQUIRE(!sem_init(&players[i].begin, 0, 0));
		REQUIRE(!pthread_create(&players[i].thread, NULL, play, &players[i]));
	}
	for (i = 0; i < count; i++) {
		REQUIRE(!sem_post(&players[i].begin));
		REQUIRE(!pthread_join(players[i].thread, NULL));
	}
}

static void read_text(const char *path, char text[FILE_BYTES])
{
	size_t length = 0;
	ssize_t part;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	REQUIRE(fd >= 0);
	while ((part = read(fd, text + length, FILE_BYTES - 1 - length)) > 0)
		length += (size_t)part;
	REQUIRE(!part && length < FILE_BYTES - 1);
	text[length] = '\0';
	close(fd);
}

/* Returns the number after a name at the beginning of a line. */
static int64_t number_of(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (!strncmp(text, name, length) && text[length] == ' ')
			return strtoll(text + length, NULL, 10);
	}
	case_error(__FILE__, __LINE__, "the kernel has no figure '%s'", name);
}

/* Sums up the free pages in per-CPU lists, from the lines "count: N". */
static int64_t pages_at_hand(const char *zoneinfo)
{
	const char *name = "\n              count: ";
	int64_t sum = 0;

	for (; (zoneinfo = strstr(zoneinfo, name)); zoneinfo += strlen(name))
		sum += strtoll(zoneinfo + strlen(name), NULL, 10);
	return sum;
}

struct memory memory_now(void)
{
	static char text[FILE_BYTES];
	struct memory ram;

	/* Fold the per-CPU counters into the totals. */
	write_text("/proc/sys/vm/stat_refresh", "1");
	read_text("/proc/vmstat", text);
	ram.free = number_of(text, "nr_free_pages");
	ram.cma = number_of(text, "nr_free_cma");
	ram.kernel = number_of(text, "nr_slab_reclaimable") +
		     number_of(text, "nr_slab_unreclaimable");
	read_text("/proc/zoneinfo", text);
	ram.free += pages_at_hand(text);
	read_text("/proc/meminfo", text);
	ram.kernel += number_of(text, "VmallocUsed:") / KIB_PER_PAGE;
	return ram;
}

uint64_t cpu_ns(void)
{
	struct timespec now;

	REQUIRE(!clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now));
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

static void add(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void add(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	line_length += (size_t)vsnprintf(line + line_length,
					 sizeof(line) - line_length, fmt, args);
	va_end(args);
	REQUIRE(line_length < sizeof(line));
}

void json_begin(const char *bench, const char *variant)
{
	line_length = 0;
	add("{\"bench\":\"%s\",\"variant\":\"%s\"", bench, variant);
}

void json_number(const char *name, int64_t value)
{
	add(",\"%s\":%" PRId64, name, value);
}

static int compare(const void *a, const void *b)
{
	int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

	return (first > second) - (first < second);
}

void json_samples(const char *name, const struct samples *samples)
{
	struct samples sorted = *samples;
	unsigned int i;

	REQUIRE(samples->count);
	qsort(sorted.values, sorted.count, sizeof(sorted.values[0]), compare);
	json_number(name, sorted.values[sorted.count / 2]);
	add(",\"%s_min\":%" PRId64 ",\"%s_max\":%" PRId64, name,
	    sorted.values[0], name, sorted.values[sorted.count - 1]);
	add(",\"%s_samples\":[", name);
	for (i = 0; i < samples->count; i++)
		add("%s%" PRId64, i ? "," : "", samples->values[i]);
	add("]");
}

void json_end(void)
{
	puts(strcat(line, "}"));
	fflush(stdout);
}
