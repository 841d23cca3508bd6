// SPDX-License-Identifier: GPL-2.0
/*
 * Measures the cost to get access to a guest's pages and to release them, until the guest may
 * reuse its pages.
 *
 *   bench-export WAY PAGES REPETITIONS
 *
 * Ways:
 *   contiguous    EXPORT with the flag CONTIGUOUS
 *   scattered     EXPORT without it, while the limit of contiguous frames is 0
 *   revoke        EXPORT, accessed by a process, released by REVOKE
 *   old-coherent  EXP_FROM_REFS with GNTDEV_DMA_FLAG_COHERENT
 *   old-plain     EXP_FROM_REFS without flags
 *   gntdev-map    no dma-buf: MAP_GRANT_REF and mmap, munmap and UNMAP_GRANT_REF
 *   floor         only the hypercalls, see modules/floor.h
 *
 * Memory is measured between access and release, and the clock is stopped meanwhile. One more
 * repetition runs first and is not counted. "first_use_pages" is the memory that it does not
 * return (struct pages of address space, caches).
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "frames.h"
#include "guest.h"
#include "lib/measure.h"
#include "lib/ways.h"

#define SETTLE_MS	500
#define SCATTER_PIECE	4U

/**
 * struct figures - figures of all repetitions
 * @total_ns: sum of @export_ns and @release_ns
 * @export_ns: time to get access to the pages
 * @release_ns: time to release them
 * @cpu_ns: the part of @total_ns in which this process was running
 * @ram: pages of RAM that are in use between access and release
 * @cma: the part of @ram from the CMA area
 * @kernel: the part of @ram in the kernel's data structures (slab, vmalloc). The rest backs the
 *          frames
 */
struct figures {
	struct samples total_ns, export_ns, release_ns, cpu_ns;
	struct samples ram, cma, kernel;
};

static void repeat(struct job *job, const struct way *way, struct figures *figures)
{
	uint64_t time[4], cpu[4];
	struct memory before, during;

	if (way->prepare)
		way->prepare(job);

	quiet_begin();
	before = memory_now();
	cpu[0] = cpu_ns();
	time[0] = now_ns();
	way->make(job);
	time[1] = now_ns();
	cpu[1] = cpu_ns();

	during = memory_now();
	quiet_end();
	if (way->check)
		way->check(job);

	quiet_begin();
	cpu[2] = cpu_ns();
	time[2] = now_ns();
	way->release(job);
	time[3] = now_ns();
	cpu[3] = cpu_ns();
	quiet_end();

	if (way->finish)
		way->finish(job);

	samples_add(&figures->export_ns, (int64_t)(time[1] - time[0]));
	samples_add(&figures->release_ns, (int64_t)(time[3] - time[2]));
	samples_add(&figures->total_ns,
		    (int64_t)(time[1] - time[0] + time[3] - time[2]));
	samples_add(&figures->cpu_ns, (int64_t)(cpu[1] - cpu[0] + cpu[3] - cpu[2]));
	samples_add(&figures->ram, before.free - during.free);
	samples_add(&figures->cma, before.cma - during.cma);
	samples_add(&figures->kernel, during.kernel - before.kernel);
}

/* Checks that the measured operations give access to the guest's memory. */
static void inspect(struct job *job, const struct way *way)
{
	way->make(job);
	way->inspect(job);
	way->release(job);
}

/* A kernel without contiguous frames has no limit for them. */
static bool has_limit(void)
{
	return !access(CONTIGUOUS_CAP, F_OK);
}

/*
 * Free frames are on a stack. Frames of new address space are in order, and frames of a buffer
 * that was just released are as well. To change the order, allocate as many frames as the buffer
 * needs in pieces. Then free every second piece before the rest.
 */
static void scatter_frames(struct guest *guest, const struct guest_pages *pages)
{
	uint32_t pieces = (pages->count + SCATTER_PIECE - 1) / SCATTER_PIECE;
	uint32_t i, turn, count = SCATTER_PIECE;
	struct piece {
		void *memory;
		uint64_t index;
		uint32_t count;
	} *piece;

	piece = calloc(pieces, sizeof(*piece));
	REQUIRE(piece);
	for (i = 0; i < pieces; i++) {
		if (i == pieces - 1)
			count = pages->count - i * SCATTER_PIECE;
		piece[i].count = count;
		piece[i].memory = gntdev_map(guest->gntdev, guest->domid,
					     pages->refs + i * SCATTER_PIECE,
					     count, PROT_READ, &piece[i].index);
		REQUIRE(piece[i].memory != MAP_FAILED);
	}
	for (turn = 0; turn < 2; turn++)
		for (i = turn; i < pieces; i += 2)
			REQUIRE(!gntdev_unmap(guest->gntdev, piece[i].memory,
					      piece[i].count, piece[i].index));
	free(piece);
}

static void print(const struct way *way, uint32_t count,
		  const struct figures *figures, int64_t first_use)
{
	json_begin("export", way->name);
	json_number("pages", count);
	json_samples("ns", &figures->total_ns);
	json_samples("export_ns", &figures->export_ns);
	json_samples("release_ns", &figures->release_ns);
	json_samples("cpu_ns", &figures->cpu_ns);
	json_samples("ram_pages", &figures->ram);
	json_samples("cma_pages", &figures->cma);
	json_samples("kernel_pages", &figures->kernel);
	json_number("first_use_pages", first_use);
	json_end();
}

/* The arguments of turn(). */
struct scenery {
	struct job *job;
	const struct way *way;
	struct figures *figures;
};

static void turn(void *data, unsigned int i)
{
	struct scenery *scenery = data;

	(void)i;
	repeat(scenery->job, scenery->way, scenery->figures);
}

static void measure(struct job *job, const struct way *way, unsigned int repetitions)
{
	static struct figures warm_up, figures;
	struct scenery scenery = { job, way, &figures };
	struct memory before;
	int64_t first_use;

	sleep_ms(SETTLE_MS);
	before = memory_now();
	if (way->scattered)
		scatter_frames(job->guest, job->pages);
	repeat(job, way, &warm_up);
	first_use = before.free - memory_now().free;
	take_turns(repetitions, turn, &scenery);
	if (way->inspect)
		inspect(job, way);
	print(way, job->pages->count, &figures, first_use);
}

int main(int argc, char **argv)
{
	unsigned int repetitions;
	struct guest_pages pages;
	const struct way *way;
	struct guest guest;
	struct job job = { .guest = &guest, .pages = &pages };
	uint32_t count;
	bool limited;
	long limit = 0;

	if (argc != 4)
		FAIL("usage: bench-export WAY PAGES REPETITIONS");
	way = find_way(argv[1]);
	count = (uint32_t)strtoul(argv[2], NULL, 10);
	repetitions = (unsigned int)strtoul(argv[3], NULL, 10);
	REQUIRE(count > 0 && repetitions > 0 && repetitions <= MAX_SAMPLES);

	guest_open(&guest);
	guest_share(&guest, &pages, count);
	quiet_open(guest.domid);
	limited = way->scattered && has_limit();
	if (limited) {
		limit = read_long(CONTIGUOUS_CAP);
		frames_set_cap(0);
	}
	measure(&job, way, repetitions);
	if (limited)
		frames_set_cap((unsigned int)limit);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
