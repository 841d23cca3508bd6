// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "case.h"
#include "frames.h"
#include "pattern.h"
#include "storm.h"

#define SHORT_RUN	16	/* frames of a cursor or an icon */
#define LOOK_TURNS	64	/* turns of a thread between checks of the statistics */

/* ---- allocated frames: one bit for each frame, one table for each section of frames */

#define MAX_TABLES	64

static pthread_mutex_t owners_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int table_count;
static struct table {
	uint64_t section;
	uint8_t bits[CHUNK_FRAMES / 8];
} *tables[MAX_TABLES];

static struct table *table_of(uint64_t section)
{
	unsigned int i;

	for (i = 0; i < table_count; i++)
		if (tables[i]->section == section)
			return tables[i];
	REQUIRE(table_count < MAX_TABLES);
	tables[i] = calloc(1, sizeof(*tables[i]));
	REQUIRE(tables[i]);
	tables[i]->section = section;
	table_count++;
	return tables[i];
}

/* Sets the state of a frame and returns the previous one. */
static bool mark(uint64_t pfn, bool taken)
{
	struct table *table = table_of(pfn / CHUNK_FRAMES);
	uint32_t index = (uint32_t)(pfn % CHUNK_FRAMES);
	uint8_t bit = (uint8_t)(1U << index % 8), *byte = &table->bits[index / 8];
	bool was = *byte & bit;

	if (taken)
		*byte |= bit;
	else
		*byte &= (uint8_t)~bit;
	return was;
}

static void own(uint64_t pfn, uint32_t nr, bool taken)
{
	uint32_t i;

	pthread_mutex_lock(&owners_lock);
	for (i = 0; i < nr; i++)
		if (mark(pfn + i, taken) == taken)
			FAIL("frame %#" PRIx64 " of a run of %u from %#" PRIx64
			     " is given out twice", pfn + i, nr, pfn);
	pthread_mutex_unlock(&owners_lock);
}

/* ---- one thread */

/* The part of a run that has not been freed. */
struct slot {
	struct frames_run run;
	uint32_t first, left;
};

struct storm_worker {
	struct storm *storm;
	pthread_t thread;
	int fd;
	struct slot *slots;
	uint64_t number, draws;
	unsigned long takes, gives, parts, refusals, held;
};

static uint32_t draw(struct storm_worker *worker, uint32_t below)
{
	uint64_t seed = worker->storm->seed + worker->number;

	return (uint32_t)(pattern_word(seed, worker->draws++, 0) % below);
}

static uint32_t draw_length(struct storm_worker *worker)
{
	uint32_t most = worker->storm->most;

	if (draw(worker, 2))
		return 1 + draw(worker, most);
	return 1 + draw(worker, most < SHORT_RUN ? most : SHORT_RUN);
}

static void keep(struct storm_worker *worker, struct slot *slot)
{
	slot->first = 0;
	slot->left = slot->run.nr;
	own(slot->run.pfn, slot->left, true);
	worker->held += slot->left;
	worker->takes++;
}

/* False if there was no room. */
static bool take(struct storm_worker *worker, struct slot *slot, uint32_t nr)
{
	if (frames_alloc(worker->fd, nr, &slot->run)) {
		if (errno != ENOMEM)
			FAIL("a run of %u frames: errno %d (%m)", nr, errno);
		return false;
	}
	keep(worker, slot);
	return true;
}

/* Frees the first or the last @nr frames of the rest. */
static void give(struct storm_worker *worker, struct slot *slot, uint32_t nr, bool last)
{
	uint32_t first = last ? slot->first + slot->left - nr : slot->first;
	bool whole = nr == slot->run.nr;

	own(slot->run.pfn + first, nr, false);
	if (whole ? frames_free(worker->fd, &slot->run) :
		    frames_free_part(worker->fd, &slot->run, first, nr))
		FAIL("give back %u of %u frames: errno %d (%m)", nr, slot->run.nr, errno);
	if (!last)
		slot->first += nr;
	slot->left -= nr;
	worker->held -= nr;
	worker->gives++;
	worker->parts += slot->left > 0;
}

static void give_some(struct storm_worker *worker, struct slot *slot)
{
	uint32_t nr = slot->left;

	if (nr > 1 && !draw(worker, 3))
		nr = 1 + draw(worker, nr - 1);
	give(worker, slot, nr, draw(worker, 2));
}

/* ---- all threads; the caller holds the world for writing, or the threads have ended */

static unsigned long held_by_all(const struct storm *storm)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < storm->threads; i++)
		sum += storm->workers[i].held;
	return sum;
}

static void look(struct storm *storm, struct frames_stats *stats)
{
	unsigned long free;
	unsigned int percent;

	frames_stats(stats);
	CHECK_EQ(stats->used, storm->used_before + held_by_all(storm));
	free = stats->frames - stats->used;
	if (!stats->is_region || !free)
		return;
	percent = (unsigned int)(stats->largest * 100 / free);
	if (percent < storm->worst)
		storm->worst = percent;
}

/*
 * The region may refuse a run only if more frames would be in use than the limit allows, or if no
 * chunk has a free run of that length and there is no room for another chunk. The refusal is
 * checked by another attempt, while no other thread takes or frees runs. (RAM may be short at any
 * time.)
 */
static void judge_refusal(struct storm_worker *worker, struct slot *slot, uint32_t nr)
{
	struct storm *storm = worker->storm;
	struct frames_stats stats;

	worker->refusals++;
	pthread_rwlock_wrlock(&storm->world);
	look(storm, &stats);
	if (stats.is_region && !take(worker, slot, nr)) {
		bool allowed = stats.used + nr <= stats.limit;

		if (allowed && stats.largest >= nr)
			FAIL("ENOMEM for %u frames, with %lu free ones in a row", nr,
			     stats.largest);
		if (allowed && stats.frames + CHUNK_FRAMES <= stats.limit)
			FAIL("ENOMEM for %u frames, with room for another chunk", nr);
	}
	pthread_rwlock_unlock(&storm->world);
}

static void turn(struct storm_worker *worker)
{
	struct storm *storm = worker->storm;
	struct slot *slot = &worker->slots[draw(worker, storm->slots)];
	uint32_t refused = 0;

	pthread_rwlock_rdlock(&storm->world);
	if (slot->left) {
		give_some(worker, slot);
	} else {
		uint32_t nr = draw_length(worker);

		if (!take(worker, slot, nr))
			refused = nr;
	}
	pthread_rwlock_unlock(&storm->world);
	if (refused)
		judge_refusal(worker, slot, refused);
}

static void look_again(struct storm *storm)
{
	struct frames_stats stats;

	pthread_rwlock_wrlock(&storm->world);
	look(storm, &stats);
	pthread_rwlock_unlock(&storm->world);
}

static void *work(void *argument)
{
	struct storm_worker *worker = argument;
	struct storm *storm = worker->storm;
	unsigned int i;

	for (i = 1; !storm->turns || i <= storm->turns; i++) {
		if (__atomic_load_n(&storm->over, __ATOMIC_RELAXED))
			break;
		turn(worker);
		if (i % LOOK_TURNS == 0)
			look_again(storm);
	}
	return NULL;
}

static void init_world(struct storm *storm)
{
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr,
				      PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	REQUIRE(!pthread_rwlock_init(&storm->world, &attr));
	pthread_rwlockattr_destroy(&attr);
}

void storm_begin(struct storm *storm)
{
	unsigned int i;

	init_world(storm);
	storm->worst = 100;
	storm->over = 0;
	storm->seed = now_ns();
	note("seed %#" PRIx64, storm->seed);
	storm->used_before = frames_used();
	storm->workers = calloc(storm->threads, sizeof(storm->workers[0]));
	REQUIRE(storm->workers);
	for (i = 0; i < storm->threads; i++) {
		struct storm_worker *worker = &storm->workers[i];

		worker->storm = storm;
		worker->number = i;
		worker->fd = frames_open_again();
		worker->slots = calloc(storm->slots, sizeof(worker->slots[0]));
		REQUIRE(worker->slots);
	}
	/* All workers are initialised before the first thread sums up what they hold. */
	for (i = 0; i < storm->threads; i++)
		REQUIRE(!pthread_create(&storm->workers[i].thread, NULL, work,
					&storm->workers[i]));
}

static void give_all(struct storm_worker *worker)
{
	unsigned int i;

	for (i = 0; i < worker->storm->slots; i++)
		if (worker->slots[i].left)
			give(worker, &worker->slots[i], worker->slots[i].left, false);
}

static void add_up(struct storm *storm, const struct storm_worker *worker)
{
	storm->takes += worker->takes;
	storm->gives += worker->gives;
	storm->parts += worker->parts;
	storm->refusals += worker->refusals;
}

void storm_end(struct storm *storm)
{
	unsigned int i;

	if (!storm->turns)
		__atomic_store_n(&storm->over, 1, __ATOMIC_RELAXED);
	for (i = 0; i < storm->threads; i++)
		REQUIRE(!pthread_join(storm->workers[i].thread, NULL));
	for (i = 0; i < storm->threads; i++) {
		give_all(&storm->workers[i]);
		add_up(storm, &storm->workers[i]);
		close(storm->workers[i].fd);
		free(storm->workers[i].slots);
	}
	CHECK_EQ(held_by_all(storm), 0);
	CHECK_EQ(frames_used(), storm->used_before);
	free(storm->workers);
	pthread_rwlock_destroy(&storm->world);
}

void storm_note(const struct storm *storm)
{
	note("%lu runs taken, %lu times given back (%lu in parts), %lu refused; "
	     "worst longest free run %u %% of what was free", storm->takes, storm->gives,
	     storm->parts, storm->refusals, storm->worst);
}
