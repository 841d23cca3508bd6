/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen-test-frames: gives test programs access to the kernel's allocator of contiguous
 * unpopulated frames. All resources belong to the open file and are released with it.
 */

#ifndef TESTS_MODULES_FRAMES_H
#define TESTS_MODULES_FRAMES_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct frames_alloc - FRAMES_ALLOC: gnttab_alloc_contiguous_pages()
 * @nr: in: number of frames
 * @run: out: the run's number on this file
 * @pfn: out: its first frame
 */
struct frames_alloc {
	__u32 nr;
	__u32 run;
	__u64 pfn;
};

/**
 * struct frames_free - FRAMES_FREE: gnttab_free_contiguous_pages()
 * @run: in: the run
 * @first: in: the first frame to free, counted from the start of the run
 * @nr: in: number of frames; 0: the whole run, if none of its frames was freed before
 */
struct frames_free {
	__u32 run;
	__u32 first;
	__u32 nr;
	__u32 pad;
};

/**
 * struct frames_map - FRAMES_MAP: map grants onto a run, in the kernel's address space
 * @run: in: the run
 * @domid: in: the granting domain
 * @refs: in: pointer to one __u32 for each frame of the run
 *
 * FRAMES_UNMAP takes the run's number by value. EREMOTEIO: a grant could not be mapped, and
 * all other grants are unmapped again.
 */
struct frames_map {
	__u32 run;
	__u32 domid;
	__u64 refs;
};

/**
 * struct frames_read - FRAMES_READ: copy the contents of a run with mapped grants, which the
 * kernel reads at the run's address in the linear mapping
 * @run: in: the run
 * @pad: 0
 * @offset: in: in bytes
 * @length: in: in bytes
 * @buffer: in: pointer
 */
struct frames_read {
	__u32 run;
	__u32 pad;
	__u64 offset;
	__u64 length;
	__u64 buffer;
};

#define FRAMES_ALLOC	_IOWR('X', 1, struct frames_alloc)
#define FRAMES_FREE	_IOW('X', 2, struct frames_free)
#define FRAMES_MAP	_IOW('X', 3, struct frames_map)
#define FRAMES_UNMAP	_IO('X', 4)
#define FRAMES_READ	_IOW('X', 5, struct frames_read)

#endif /* TESTS_MODULES_FRAMES_H */
