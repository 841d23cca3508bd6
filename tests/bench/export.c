// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to make a dma-buf of a guest's pages and to be rid of it again,
 * up to the moment when the guest may be told that its pages are its own.
 *
 *   bench-export VARIANT PAGES REPETITIONS
 *
 * Variants:
 *   contiguous    EXPORT with the flag CONTIGUOUS
 *   scattered     EXPORT without it, while no contiguous frames are given out
 *   old-coherent  EXP_FROM_REFS with GNTDEV_DMA_FLAG_COHERENT
 *   old-plain     EXP_FROM_REFS without flags
 *
 * Memory is looked at between export and release, outside of the time. One more
 * repetition goes before: what it leaves behind for good (struct pages of address
 * space, caches) is "first_use_pages".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "frames.h"
#include "guest.h"
#include "lib/measure.h"

/* Of xen/gntdev.h, which names types of the kernel. */
#define OLD_FLAG_COHERENT	(1U << 1)

#define RELEASE_MS	10000
#define SETTLE_MS	500
#define SCATTER_PIECE	4U

struct buffer {
	int fd;
	uint64_t id;		/* not of the old ioctls */
};

struct variant {
	const char *name;
	uint32_t flags;
	uint32_t contiguous;	/* what QUERY has to say */
	void (*make)(struct guest *guest, const struct guest_pages *pages,
		     uint32_t flags, struct buffer *buffer);
	void (*release)(struct guest *guest, struct buffer *buffer);
};

/**
 * struct figures - of all repetitions
 * @total_ns: @export_ns and @release_ns together
 * @export_ns: of the ioctl that makes the dma-buf
 * @release_ns: from its close to the end of the wait
 * @cpu_ns: the part of @total_ns in which this process was running
 * @ram: pages of RAM that are taken while the dma-buf lives
 * @cma: of @ram, from the CMA area
 * @kernel: of @ram, the kernel's lists (slab, vmalloc), not memory behind frames
 */
struct figures {
	struct samples total_ns, export_ns, release_ns, cpu_ns;
	struct samples ram, cma, kernel;
};

static void make_new(struct guest *guest, const struct guest_pages *pages,
		     uint32_t flags, struct buffer *buffer)
{
	struct export export = export_pages(guest, pages, flags);

	buffer->fd = export.fd;
	buffer->id = export.id;
}

static void release_new(struct guest *guest, struct buffer *buffer)
{
	CHECK_OK(close(buffer->fd));
	CHECK_OK(gntdev_wait(guest->gntdev, buffer->id, in_ms(RELEASE_MS)));
}

static void make_old(struct guest *guest, const struct guest_pages *pages,
		     uint32_t flags, struct buffer *buffer)
{
	buffer->fd = gntdev_old_export(guest->gntdev, flags, guest->domid,
				       pages->refs, pages->count);
	if (buffer->fd < 0)
		FAIL("EXP_FROM_REFS of %u pages, flags %#x: errno %d (%m)",
		     pages->count, flags, errno);
	buffer->id = 0;
}

static void release_old(struct guest *guest, struct buffer *buffer)
{
	old_export_close(guest, buffer->fd);
}

static const struct variant variants[] = {
	{ "contiguous", GNTDEV_DMABUF_FLAG_CONTIGUOUS, 1, make_new, release_new },
	{ "scattered", 0, 0, make_new, release_new },
	{ "old-coherent", OLD_FLAG_COHERENT, 0, make_old, release_old },
	{ "old-plain", 0, 0, make_old, release_old },
};

static const struct variant *find_variant(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(variants); i++)
		if (!strcmp(variants[i].name, name))
			return &variants[i];
	FAIL("there is no variant '%s'", name);
}

/* A figure of the wrong kind of frames is no figure. */
static void check_kind(struct guest *guest, const struct variant *variant,
		       const struct buffer *buffer)
{
	struct gntdev_dmabuf_query answer;

	if (!buffer->id)
		return;
	CHECK_OK(gntdev_query(guest->gntdev, buffer->id, &answer));
	if (answer.contiguous != variant->contiguous)
		FAIL("invalid: QUERY says contiguous %u of a buffer that was to be %s",
		     answer.contiguous, variant->name);
}

static void repeat(struct guest *guest, const struct guest_pages *pages,
		   const struct variant *variant, struct figures *figures)
{
	uint64_t time[4], cpu[4];
	struct memory before, during;
	struct buffer buffer;

	quiet_begin();
	before = memory_now();
	cpu[0] = cpu_ns();
	time[0] = now_ns();
	variant->make(guest, pages, variant->flags, &buffer);
	time[1] = now_ns();
	cpu[1] = cpu_ns();

	during = memory_now();
	quiet_end();
	check_kind(guest, variant, &buffer);

	quiet_begin();
	cpu[2] = cpu_ns();
	time[2] = now_ns();
	variant->release(guest, &buffer);
	time[3] = now_ns();
	cpu[3] = cpu_ns();
	quiet_end();

	samples_add(&figures->export_ns, (int64_t)(time[1] - time[0]));
	samples_add(&figures->release_ns, (int64_t)(time[3] - time[2]));
	samples_add(&figures->total_ns,
		    (int64_t)(time[1] - time[0] + time[3] - time[2]));
	samples_add(&figures->cpu_ns, (int64_t)(cpu[1] - cpu[0] + cpu[3] - cpu[2]));
	samples_add(&figures->ram, before.free - during.free);
	samples_add(&figures->cma, before.cma - during.cma);
	samples_add(&figures->kernel, during.kernel - before.kernel);
}

/* That the buffer measured is the guest's memory, at both ends and between. */
static void check_data(struct guest *guest, const struct guest_pages *pages,
		       const struct variant *variant)
{
	const uint32_t looked_at[] = {
		0, 1, pages->count / 2, pages->count - 1,
	};
	struct buffer buffer;
	struct export export;
	unsigned int i;
	char *memory;

	variant->make(guest, pages, variant->flags, &buffer);
	check_kind(guest, variant, &buffer);
	export = (struct export){ buffer.fd, buffer.id,
				  pages->count * PAGE_BYTES };
	memory = export_map(&export, PROT_READ);
	for (i = 0; i < ARRAY_SIZE(looked_at); i++)
		CHECK(memory_is(memory + looked_at[i] * PAGE_BYTES, looked_at[i],
				1, pages->seed));
	export_unmap(&export, memory);
	variant->release(guest, &buffer);
}

static bool wants_scattered(const struct variant *variant)
{
	return variant->make == make_new && !variant->contiguous;
}

/* A kernel that has no contiguous frames has no limit for them either. */
static bool has_limit(void)
{
	return !access(CONTIGUOUS_CAP, F_OK);
}

/*
 * Frames come off a stack: those of fresh address space lie in order, and so do
 * those of a buffer that was just released. Take as many as the buffer needs, piece
 * by piece, and give every other piece back first.
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

static void print(const struct variant *variant, uint32_t count,
		  const struct figures *figures, int64_t first_use)
{
	json_begin("export", variant->name);
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

/* What a turn needs. */
struct scenery {
	struct guest *guest;
	const struct guest_pages *pages;
	const struct variant *variant;
	struct figures *figures;
};

static void turn(void *data, unsigned int i)
{
	struct scenery *scenery = data;

	(void)i;
	repeat(scenery->guest, scenery->pages, scenery->variant, scenery->figures);
}

static void measure(struct guest *guest, const struct guest_pages *pages,
		    const struct variant *variant, unsigned int repetitions)
{
	static struct figures warm_up, figures;
	struct scenery scenery = { guest, pages, variant, &figures };
	struct memory before;
	int64_t first_use;

	sleep_ms(SETTLE_MS);
	before = memory_now();
	if (wants_scattered(variant))
		scatter_frames(guest, pages);
	repeat(guest, pages, variant, &warm_up);
	first_use = before.free - memory_now().free;
	take_turns(repetitions, turn, &scenery);
	if (variant->make == make_new)
		check_data(guest, pages, variant);
	print(variant, pages->count, &figures, first_use);
}

int main(int argc, char **argv)
{
	const struct variant *variant;
	unsigned int repetitions;
	struct guest_pages pages;
	struct guest guest;
	uint32_t count;
	bool limited;
	long limit = 0;

	if (argc != 4)
		FAIL("usage: bench-export VARIANT PAGES REPETITIONS");
	variant = find_variant(argv[1]);
	count = (uint32_t)strtoul(argv[2], NULL, 10);
	repetitions = (unsigned int)strtoul(argv[3], NULL, 10);
	REQUIRE(count > 1 && repetitions > 0 && repetitions <= MAX_SAMPLES);

	guest_open(&guest);
	guest_share(&guest, &pages, count);
	quiet_open(guest.domid);
	limited = wants_scattered(variant) && has_limit();
	if (limited) {
		limit = read_long(CONTIGUOUS_CAP);
		frames_set_cap(0);
	}
	measure(&guest, &pages, variant, repetitions);
	if (limited)
		frames_set_cap((unsigned int)limit);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
