/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen-test-floor: only the hypercalls that map and unmap grants. Benchmarks measure them as
 * the minimum cost that any kernel has.
 *
 * The order of the operations is PREPARE, MAP, CHECK, UNMAP, FINISH. Any other order is EINVAL.
 * Benchmarks measure MAP and UNMAP. These only fill in the arguments, make the hypercalls and read
 * the results. All resources belong to the open file and are released with it.
 */

#ifndef TESTS_MODULES_FLOOR_H
#define TESTS_MODULES_FLOOR_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct floor_prepare - FLOOR_PREPARE: get frames to map grants into
 * @domid: in: the granting domain
 * @count: in: number of grants
 * @refs: in: pointer to @count __u32
 * @map_batch: in: grants mapped by one hypercall, at most 128
 * @unmap_batch: in: grants unmapped by one hypercall, at most 128
 */
struct floor_prepare {
	__u32 domid;
	__u32 count;
	__u64 refs;
	__u32 map_batch;
	__u32 unmap_batch;
};

/*
 * CHECK fails with EREMOTEIO unless all grants are mapped. FINISH frees the frames and fails with
 * EREMOTEIO unless all grants are unmapped.
 */
#define FLOOR_PREPARE	_IOW('X', 1, struct floor_prepare)
#define FLOOR_MAP	_IO('X', 2)
#define FLOOR_CHECK	_IO('X', 3)
#define FLOOR_UNMAP	_IO('X', 4)
#define FLOOR_FINISH	_IO('X', 5)

#endif /* TESTS_MODULES_FLOOR_H */
