/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen-test-importer: imports a dma-buf for a device and reports what the device sees. The
 * device does not exist, but it has the DMA operations of real devices.
 */

#ifndef TESTS_MODULES_IMPORTER_H
#define TESTS_MODULES_IMPORTER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct importer_attach - IMPORTER_ATTACH: attach, map, inspect, unmap, detach
 * @fd: in: the dma-buf
 * @max_seg_size: in: the maximum length of a piece for the device, in bytes; 0: no maximum
 * @nents: out: pieces that the device sees
 * @orig_nents: out: entries of the scatter list
 * @address: out: DMA address of the first piece
 * @length: out: of the first piece, in bytes
 * @longest: out: the longest piece, in bytes
 * @total: out: of all pieces, in bytes
 * @contiguous: out: 1 if each piece begins where the previous piece ends, else 0
 * @dma_bits: in: the device's address bits; 0: 64. Not validated: dma_set_mask() would refuse a
 *            very small number
 * @flags: in: IMPORTER_READS or IMPORTER_WRITES; 0: the device does both
 * @pad: in: 0
 */
struct importer_attach {
	__s32 fd;
	__u32 max_seg_size;
	__u32 nents;
	__u32 orig_nents;
	__u64 address;
	__u64 length;
	__u64 longest;
	__u64 total;
	__u32 contiguous;
	__u32 dma_bits;
	__u32 flags;
	__u32 pad;
};

/* Flags of IMPORTER_HOLD. */
#define IMPORTER_DYNAMIC	(1U << 0)	/* unmaps when the exporter invalidates it */
#define IMPORTER_VMAP		(1U << 1)	/* a mapping for the kernel, not for a device */
#define IMPORTER_PINNED		(1U << 2)	/* pins it, and cannot unmap when it is told to */

/* Flags of IMPORTER_ATTACH. */
#define IMPORTER_READS		(1U << 0)	/* DMA_TO_DEVICE only */
#define IMPORTER_WRITES		(1U << 1)	/* DMA_FROM_DEVICE only */

/**
 * struct importer_hold - IMPORTER_HOLD: attach, map, and keep the mapping in this open file
 * @fd: in: the dma-buf. The file keeps a reference to it
 * @flags: in: at most one of IMPORTER_DYNAMIC, IMPORTER_VMAP and IMPORTER_PINNED
 *
 * A file holds at most one mapping (EBUSY). IMPORTER_DROP releases it, and closing the file does
 * as well. The device has 64 address bits and accepts pieces of any length.
 */
struct importer_hold {
	__s32 fd;
	__u32 flags;
};

/**
 * struct importer_read - IMPORTER_READ: copy data from a mapping that IMPORTER_VMAP holds
 * @offset: in: in bytes
 * @length: in: in bytes
 * @pad: in: 0
 * @buffer: in: pointer
 */
struct importer_read {
	__u64 offset;
	__u32 length;
	__u32 pad;
	__aligned_u64 buffer;
};

/**
 * struct importer_addresses - IMPORTER_ADDRESSES: get the DMA addresses of the held pages
 * @count: in: number of pages of the dma-buf
 * @pad: in: 0
 * @addresses: in: pointer to @count __u64, for the DMA address of each page
 */
struct importer_addresses {
	__u32 count;
	__u32 pad;
	__aligned_u64 addresses;
};

/**
 * struct importer_configure - IMPORTER_CONFIGURE: give another device the DMA operations of real
 * devices
 * @name: in: of a platform device, ends with 0
 *
 * On Arm the DMA operations come from the device tree, which has no virtual devices such as
 * vivid's. On x86 there is nothing to do.
 */
struct importer_configure {
	char name[32];
};

/*
 * IMPORTER_FENCE adds a fence to the reservation object of the held dma-buf, as a busy device
 * does. A file has at most one. IMPORTER_SIGNAL signals it, and closing the file does as well.
 * IMPORTER_FENCE_WRITE adds the fence of a device that writes, so that other users must wait for
 * it.
 *
 * IMPORTER_LOCK keeps dma_resv of the held dma-buf locked for the given number of milliseconds, or
 * until the caller is killed.
 *
 * IMPORTER_SYNC syncs each piece of the held mapping for the device and then for the CPU. It uses
 * only the DMA addresses.
 *
 * IMPORTER_INVALIDATED returns how often the exporter invalidated an IMPORTER_DYNAMIC mapping of
 * this file.
 */
#define IMPORTER_ATTACH		_IOWR('X', 0x11, struct importer_attach)
#define IMPORTER_HOLD		_IOW('X', 0x12, struct importer_hold)
#define IMPORTER_DROP		_IO('X', 0x13)
#define IMPORTER_READ		_IOW('X', 0x14, struct importer_read)
#define IMPORTER_FENCE		_IO('X', 0x15)
#define IMPORTER_SIGNAL		_IO('X', 0x16)
#define IMPORTER_INVALIDATED	_IOR('X', 0x17, __u32)
#define IMPORTER_ADDRESSES	_IOW('X', 0x18, struct importer_addresses)
#define IMPORTER_CONFIGURE	_IOW('X', 0x19, struct importer_configure)
#define IMPORTER_FENCE_WRITE	_IO('X', 0x1a)
#define IMPORTER_LOCK		_IOW('X', 0x1b, __u32)
#define IMPORTER_SYNC		_IO('X', 0x1c)

#endif /* TESTS_MODULES_IMPORTER_H */
