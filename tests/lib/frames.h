/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's allocator of contiguous frames, as programs see it: the device of the module
 * test-frames, the statistics and the cap. Also exports that do not use this allocator.
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
 * @number: its number on its file
 * @nr: number of frames
 * @pfn: the first frame
 */
struct frames_run {
	uint32_t number;
	uint32_t nr;
	uint64_t pfn;
};

/*
 * Loads the module and opens its device. Ends the case if there is none. Call it early, see
 * when_over(): the cap is restored when the case ends.
 */
int frames_open(void);

/*
 * Opens the device once more. A file executes one operation at a time, so threads that must not
 * block each other open one each.
 */
int frames_open_again(void);

/* The ioctls of the device. They return -1 with errno set, and print nothing. */
int frames_alloc(int fd, uint32_t nr, struct frames_run *run);
int frames_free(int fd, const struct frames_run *run);
int frames_free_part(int fd, const struct frames_run *run, uint32_t first,
		     uint32_t nr);
int frames_map(int fd, const struct frames_run *run, uint32_t domid,
	       const uint32_t *refs);
int frames_unmap(int fd, const struct frames_run *run);
int frames_read(int fd, const struct frames_run *run, uint64_t offset, void *buffer,
		uint64_t length);

/* The kernel's statistics, with the kernel's names. */
struct frames_stats {
	bool is_region;		/* source: region, else balloon */
	unsigned long limit, chunks, frames, used, largest, ballooned;
};

/* Fails the case if a line is missing or unknown, or holds no number. */
void frames_stats(struct frames_stats *stats);
void frames_note(const char *when);
unsigned long frames_used(void);

/* The cap in MiB. Without frames_open(), call frames_keep_cap() before changing it. */
void frames_keep_cap(void);
void frames_set_cap(unsigned int mb);

/* Sets the cap to the size of so many chunks. Returns how many frames they have. */
unsigned int frames_set_cap_chunks(unsigned int chunks);

/* Returns the result of QUERY. */
struct gntdev_dmabuf_query export_query(struct guest *guest, uint64_t id);

/*
 * Exports all pages with the cap at 0, so the frames are single ones. Free single frames are kept
 * as a stack and can be in order by chance, but not in both of two calls, with @swap and without.
 */
struct export export_shuffled(struct guest *guest, struct guest_pages *pages, bool swap);

#endif /* TESTS_FRAMES_H */
