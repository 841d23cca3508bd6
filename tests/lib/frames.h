/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's allocator of contiguous frames, as programs see it: the device of the
 * module test-frames, the statistics and the cap. And exports as they are without it.
 */

#ifndef TESTS_FRAMES_H
#define TESTS_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

/* A chunk is a section: 128 MiB of address space on x86_64 and arm64. */
#define CHUNK_FRAMES	32768U
#define CHUNK_MB	128U
#define FRAMES_PER_MB	256U

#define CONTIGUOUS_CAP	"/sys/module/xen/parameters/contiguous_limit_mb"

/**
 * struct frames_run - a run of frames
 * @number: its name on its file
 * @nr: frames
 * @pfn: the first one
 */
struct frames_run {
	uint32_t number;
	uint32_t nr;
	uint64_t pfn;
};

/*
 * The test device, with its module loaded. Ends the case if there is none. Call it
 * early, see when_over(): the cap is put back at the case's end.
 */
int frames_open(void);

/*
 * Once more, as a file of its own: one file does one thing at a time. Here a thread that
 * is to be in nobody's way opens one for itself.
 */
int frames_open_again(void);

/* Its ioctls: -1 with errno, and they print nothing. */
int frames_alloc(int fd, uint32_t nr, struct frames_run *run);
int frames_free(int fd, const struct frames_run *run);
int frames_free_part(int fd, const struct frames_run *run, uint32_t first,
		     uint32_t nr);
int frames_map(int fd, const struct frames_run *run, uint32_t domid,
	       const uint32_t *refs);
int frames_unmap(int fd, const struct frames_run *run);
int frames_read(int fd, const struct frames_run *run, uint64_t offset, void *buffer,
		uint64_t length);

/* What the kernel tells; the names are the kernel's. */
struct frames_stats {
	bool is_region;		/* source: region, else balloon */
	unsigned long limit, chunks, frames, used, largest, ballooned;
};

/* Fails the case if a line is missing, unknown or no number. */
void frames_stats(struct frames_stats *stats);
void frames_note(const char *when);
unsigned long frames_used(void);

/* The cap in MiB. Who changes it without frames_open() says so first. */
void frames_keep_cap(void);
void frames_set_cap(unsigned int mb);

/*
 * Sets the cap so that there can be so many chunks, or as many as there are already.
 * Returns how many frames they have.
 */
unsigned int frames_set_cap_chunks(unsigned int chunks);

/* What QUERY tells of an export. */
struct gntdev_dmabuf_query export_query(struct guest *guest, uint64_t id);

/*
 * An export of all pages, with the cap at 0. Single free frames are kept as a stack, so
 * they can be in order by chance; but not both without @swap and with it.
 */
struct export export_shuffled(struct guest *guest, struct guest_pages *pages, bool swap);

#endif /* TESTS_FRAMES_H */
