// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../modules/floor.h"

#include "case.h"
#include "frames.h"
#include "ways.h"

/* Copied from xen/gntdev.h, which uses kernel types. */
#define OLD_FLAG_COHERENT	(1U << 1)

#define RELEASE_MS	10000

#define FLOOR_DEVICE	"/dev/xen-test-floor"
/* Batch sizes: our export maps 64 grants at once, and Xen flushes the TLB once per 32 unmaps. */
#define FLOOR_MAP_BATCH		64
#define FLOOR_UNMAP_BATCH	32

/* Checks the first page, one in the middle and the last. */
static void inspect_memory(const struct job *job, const char *memory)
{
	const uint32_t looked_at[] = {
		0, job->pages->count / 2, job->pages->count - 1,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(looked_at); i++)
		CHECK(memory_is(memory + looked_at[i] * PAGE_BYTES, looked_at[i], 1,
				job->pages->seed));
}

/* ---- EXPORT */

static void make_contiguous(struct job *job)
{
	job->export = export_pages(job->guest, job->pages, GNTDEV_DMABUF_EXPORT_CONTIGUOUS);
}

static void make_scattered(struct job *job)
{
	job->export = export_pages(job->guest, job->pages, 0);
}

/* A figure for the wrong kind of frames is invalid. A single frame is of both kinds. */
static void check_frames(struct job *job, bool contiguous)
{
	struct gntdev_dmabuf_query answer = export_query(job->guest, job->export.id);

	if (job->pages->count > 1 && is_contiguous(&answer) != contiguous)
		FAIL("invalid: QUERY returns contiguous %d, expected %d",
		     is_contiguous(&answer), contiguous);
}

static void check_contiguous(struct job *job) { check_frames(job, true); }
static void check_scattered(struct job *job) { check_frames(job, false); }

static void release_export(struct job *job)
{
	CHECK_OK(close(job->export.fd));
	CHECK_OK(gntdev_wait(job->guest->gntdev, job->export.id, in_ms(RELEASE_MS)));
}

static void inspect_export(struct job *job)
{
	void *memory = export_map(&job->export, PROT_READ);

	inspect_memory(job, memory);
	export_unmap(&job->export, memory);
}

/* ---- REVOKE, of an export that a process has mapped */

static void make_revocable(struct job *job)
{
	const volatile char *memory;
	uint32_t page;

	job->export = export_pages(job->guest, job->pages, GNTDEV_DMABUF_EXPORT_REVOCABLE);
	memory = job->memory = export_map(&job->export, PROT_READ);
	for (page = 0; page < job->pages->count; page++)
		(void)memory[page * PAGE_BYTES];
}

static void release_by_revoking(struct job *job)
{
	CHECK_OK(gntdev_revoke(job->guest->gntdev, job->export.id));
	CHECK_OK(gntdev_wait(job->guest->gntdev, job->export.id, in_ms(RELEASE_MS)));
}

static void finish_revoked(struct job *job)
{
	export_unmap(&job->export, job->memory);
	CHECK_OK(close(job->export.fd));
}

/* ---- EXP_FROM_REFS */

static void make_old(struct job *job, uint32_t flags)
{
	int fd = gntdev_old_export(job->guest->gntdev, flags, job->guest->domid,
				   job->pages->refs, job->pages->count);

	if (fd < 0)
		FAIL("EXP_FROM_REFS of %u pages, flags %#x: errno %d (%m)",
		     job->pages->count, flags, errno);
	job->export = (struct export){ .fd = fd };
}

static void make_old_coherent(struct job *job) { make_old(job, OLD_FLAG_COHERENT); }
static void make_old_plain(struct job *job) { make_old(job, 0); }

static void release_old(struct job *job)
{
	old_export_close(job->guest, job->export.fd);
}

/* ---- no dma-buf: MAP_GRANT_REF and mmap, munmap and UNMAP_GRANT_REF */

static void make_mapping(struct job *job)
{
	job->memory = CHECK_OK(gntdev_map(job->guest->gntdev, job->guest->domid,
					  job->pages->refs, job->pages->count,
					  PROT_READ | PROT_WRITE, &job->index));
}

static void release_mapping(struct job *job)
{
	CHECK_OK(gntdev_unmap(job->guest->gntdev, job->memory, job->pages->count,
			      job->index));
}

static void inspect_mapping(struct job *job)
{
	inspect_memory(job, job->memory);
}

/* ---- only the hypercalls */

static void prepare_floor(struct job *job)
{
	struct floor_prepare args = {
		.domid = job->guest->domid,
		.count = job->pages->count,
		.refs = (uintptr_t)job->pages->refs,
		.map_batch = FLOOR_MAP_BATCH,
		.unmap_batch = FLOOR_UNMAP_BATCH,
	};

	if (access(FLOOR_DEVICE, F_OK))
		REQUIRE(!system("modprobe test-floor"));
	job->floor = open(FLOOR_DEVICE, O_RDWR | O_CLOEXEC);
	REQUIRE(job->floor >= 0);
	CHECK_OK(ioctl(job->floor, FLOOR_PREPARE, &args));
}

static void make_floor(struct job *job) { CHECK_OK(ioctl(job->floor, FLOOR_MAP)); }
static void check_floor(struct job *job) { CHECK_OK(ioctl(job->floor, FLOOR_CHECK)); }
static void release_floor(struct job *job) { CHECK_OK(ioctl(job->floor, FLOOR_UNMAP)); }

static void finish_floor(struct job *job)
{
	CHECK_OK(ioctl(job->floor, FLOOR_FINISH));
	close(job->floor);
}

static const struct way ways[] = {
	{
		.name = "contiguous",
		.make = make_contiguous,
		.check = check_contiguous,
		.release = release_export,
		.inspect = inspect_export,
	}, {
		.name = "scattered",
		.make = make_scattered,
		.check = check_scattered,
		.release = release_export,
		.inspect = inspect_export,
		.scattered = true,
	}, {
		.name = "revoke",
		.make = make_revocable,
		.release = release_by_revoking,
		.finish = finish_revoked,
	}, {
		.name = "old-coherent",
		.make = make_old_coherent,
		.release = release_old,
	}, {
		.name = "old-plain",
		.make = make_old_plain,
		.release = release_old,
	}, {
		.name = "gntdev-map",
		.make = make_mapping,
		.release = release_mapping,
		.inspect = inspect_mapping,
	}, {
		.name = "floor",
		.prepare = prepare_floor,
		.make = make_floor,
		.check = check_floor,
		.release = release_floor,
		.finish = finish_floor,
	},
};

const struct way *find_way(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(ways[i].name, name))
			return &ways[i];
	FAIL("there is no way '%s'", name);
}
