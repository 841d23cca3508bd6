/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen-test-exporter: makes dma-bufs that drivers make rarely, and counts how they are used.
 */

#ifndef TESTS_MODULES_EXPORTER_H
#define TESTS_MODULES_EXPORTER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* What the segments of the dma-buf are. */
enum exporter_kind {
	EXPORTER_PAGES,		/* one page each */
	EXPORTER_HALVES,	/* half a page each, so they do not begin at page boundaries */
	EXPORTER_SHORT,		/* one page each, but the last page has none */
};

/**
 * struct exporter_make - EXPORTER_MAKE: make a dma-buf
 * @kind: in: enum exporter_kind
 * @count: in: its size in pages
 * @wrapped: in: a dma-buf whose pages it consists of, as the kernel maps them (vmap); -1: RAM of
 *           its own
 * @pin_errno: in: the errno with which it refuses to be pinned, or 0
 * @map_errno: in: the errno with which it refuses to be mapped, or 0
 * @moves: in: 1 if it invalidates its mappings when it is pinned, like memory of a graphics card
 *         that has to move to RAM first; else 0
 * @fd: out: the dma-buf, which can be pinned and can invalidate its mappings
 * @incoherent: in: 1 if it has a device that is not coherent; else 0. The device has a view of the
 *              memory of its own, as if everything that it and the CPU write stayed in caches. An
 *              access of the CPU for reading begins with a copy of the view to the memory, one for
 *              writing ends with a copy of the memory to the view
 *
 * An open file makes one dma-buf (EBUSY) and keeps a reference to it.
 */
struct exporter_make {
	__u32 kind;
	__u32 count;
	__s32 wrapped;
	__u32 pin_errno;
	__u32 map_errno;
	__u32 moves;
	__s32 fd;
	__u32 incoherent;
};

/**
 * struct exporter_usage - EXPORTER_USAGE: how the dma-buf of this file is used at the moment
 * @pins: how often it is pinned
 * @mappings: how often it is mapped
 */
struct exporter_usage {
	__s32 pins;
	__s32 mappings;
};

/**
 * struct exporter_view - EXPORTER_DEVICE_READ, EXPORTER_DEVICE_WRITE: what the device sees
 * @memory: in: address of memory of the same size as the dma-buf, which is filled or read
 */
struct exporter_view {
	__u64 memory;
};

/* EXPORTER_INVALIDATE invalidates the mappings of the dma-buf of this file. */
#define EXPORTER_MAKE		_IOWR('X', 0x21, struct exporter_make)
#define EXPORTER_USAGE		_IOR('X', 0x22, struct exporter_usage)
#define EXPORTER_INVALIDATE	_IO('X', 0x23)
#define EXPORTER_DEVICE_READ	_IOW('X', 0x24, struct exporter_view)
#define EXPORTER_DEVICE_WRITE	_IOW('X', 0x25, struct exporter_view)

#endif /* TESTS_MODULES_EXPORTER_H */
