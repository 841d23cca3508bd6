// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to turn a dma-buf of Dom0 into references for a guest, and to end that, up to the
 * moment when the memory can be freed. The guest maps nothing.
 *
 *   bench-import WAY PAGES REPETITIONS
 *
 * Ways:
 *   import      IMPORT; REVOKE and WAIT
 *   old-import  IMP_TO_REFS; IMP_RELEASE
 */
#include <stdlib.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "lib/measure.h"
#include "source.h"

#define SETTLE_MS	500

/**
 * struct job - what a turn needs
 * @guest: for whom
 * @source: the dma-buf
 * @refs: room for its references
 * @id: of the import
 * @import_ns: up to the moment when the peer may map, of all repetitions
 * @total_ns: of all repetitions
 */
struct job {
	struct guest guest;
	struct source source;
	uint32_t *refs;
	uint64_t id;
	struct samples import_ns;
	struct samples total_ns;
};

static void import_new(struct job *job)
{
	struct gntdev_dmabuf_import args;

	args = gntdev_import_args(job->guest.domid, job->source.fd, job->refs, job->source.pages);
	CHECK_OK(gntdev_import(job->guest.gntdev, &args));
	job->id = args.id;
}

static void end_new(struct job *job)
{
	CHECK_OK(gntdev_revoke(job->guest.gntdev, job->id));
	CHECK_OK(gntdev_wait(job->guest.gntdev, job->id, GNTDEV_DMABUF_WAIT_FOREVER));
}

static void import_old(struct job *job)
{
	CHECK_OK(gntdev_old_import(job->guest.gntdev, job->source.fd, job->guest.domid, job->refs,
				   job->source.pages));
}

static void end_old(struct job *job)
{
	CHECK_OK(gntdev_old_import_release(job->guest.gntdev, job->source.fd));
}

static const struct way {
	const char *name;
	void (*import)(struct job *job);
	void (*end)(struct job *job);
} ways[] = {
	{ "import", import_new, end_new },
	{ "old-import", import_old, end_old },
};

static const struct way *way;

static void turn(void *data, unsigned int i)
{
	struct job *job = data;
	uint64_t start;

	(void)i;
	quiet_begin();
	start = now_ns();
	way->import(job);
	samples_add(&job->import_ns, (int64_t)(now_ns() - start));
	way->end(job);
	samples_add(&job->total_ns, (int64_t)(now_ns() - start));
	quiet_end();
}

int main(int argc, char **argv)
{
	static struct job job;
	unsigned int i, repetitions;
	uint32_t pages;

	if (argc != 4)
		FAIL("usage: bench-import WAY PAGES REPETITIONS");
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(argv[1], ways[i].name))
			way = &ways[i];
	pages = (uint32_t)strtoul(argv[2], NULL, 10);
	repetitions = (unsigned int)strtoul(argv[3], NULL, 10);
	REQUIRE(way && pages > 0 && repetitions > 0 && repetitions <= MAX_SAMPLES);

	guest_open(&job.guest);
	job.refs = calloc(pages, sizeof(job.refs[0]));
	REQUIRE(job.refs);
	source_open(&job.source, "system", pages);
	quiet_open(job.guest.domid);
	sleep_ms(SETTLE_MS);
	way->import(&job);
	way->end(&job);
	take_turns(repetitions, turn, &job);
	source_close(&job.source);

	json_begin("import", way->name);
	json_number("pages", pages);
	json_samples("ns", &job.total_ns);
	json_samples("import_ns", &job.import_ns);
	json_end();
	return CASE_PASS;
}
