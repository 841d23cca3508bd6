/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen-test-floor: the hypercalls that map and unmap grants, and nothing else, for
 * benchmarks to measure. No kernel can do with less.
 *
 * The operations follow each other: PREPARE, MAP, CHECK, UNMAP, FINISH; any other order
 * is EINVAL. Only MAP and UNMAP are what is measured: they fill in the arguments and take
 * the results, which nobody can do without, and nothing else. Everything belongs to the
 * open file, and ends with it.
 */

#ifndef TESTS_MODULES_FLOOR_H
#define TESTS_MODULES_FLOOR_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct floor_prepare - FLOOR_PREPARE: get frames to map grants into
 * @domid: in: who grants
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
 * CHECK says whether all of the grants have been mapped; FINISH whether all of them have
 * been unmapped, and frees the frames. EREMOTEIO if not.
 */
#define FLOOR_PREPARE	_IOW('X', 1, struct floor_prepare)
#define FLOOR_MAP	_IO('X', 2)
#define FLOOR_CHECK	_IO('X', 3)
#define FLOOR_UNMAP	_IO('X', 4)
#define FLOOR_FINISH	_IO('X', 5)

#endif /* TESTS_MODULES_FLOOR_H */
