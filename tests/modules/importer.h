/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen-test-importer: how a device sees a dma-buf. There is no such device, but its
 * DMA operations are those that real ones have.
 */

#ifndef TESTS_MODULES_IMPORTER_H
#define TESTS_MODULES_IMPORTER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct importer_attach - IMPORTER_ATTACH: attach, map, look, unmap, detach
 * @fd: in: the dma-buf
 * @max_seg_size: in: the longest piece that the device takes, in bytes; 0: any
 * @nents: out: pieces that the device sees
 * @orig_nents: out: entries of the scatter list
 * @address: out: DMA address of the first piece
 * @length: out: of the first piece, in bytes
 * @longest: out: the longest piece, in bytes
 * @total: out: of all pieces, in bytes
 * @contiguous: out: 1 if each piece begins where the one before it ends, else 0
 * @dma_bits: in: the device's address bits; 0: 64. Taken as it is: a driver would be told
 *            that the system can't serve a device with very few
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
#define IMPORTER_DYNAMIC	(1U << 0)	/* gives the mapping up when it is told to */
#define IMPORTER_VMAP		(1U << 1)	/* a mapping for the kernel, not for a device */

/* Flags of IMPORTER_ATTACH. */
#define IMPORTER_READS		(1U << 0)	/* DMA_TO_DEVICE only */
#define IMPORTER_WRITES		(1U << 1)	/* DMA_FROM_DEVICE only */

/**
 * struct importer_hold - IMPORTER_HOLD: attach, map, and keep that on this open file
 * @fd: in: the dma-buf; it is kept as well
 * @flags: in: IMPORTER_DYNAMIC or IMPORTER_VMAP
 *
 * A file holds one at most (EBUSY). IMPORTER_DROP lets go of it, and so does closing the
 * file. The device has 64 address bits and takes pieces of any length.
 */
struct importer_hold {
	__s32 fd;
	__u32 flags;
};

/**
 * struct importer_read - IMPORTER_READ: copy out of what is held by IMPORTER_VMAP
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
 * struct importer_addresses - IMPORTER_ADDRESSES: where the device finds the pages of what
 * is held
 * @count: in: how many there are
 * @pad: in: 0
 * @addresses: in: pointer to @count __u64, for the DMA address of each page
 */
struct importer_addresses {
	__u32 count;
	__u32 pad;
	__aligned_u64 addresses;
};

/**
 * struct importer_configure - IMPORTER_CONFIGURE: give another device the DMA operations
 * that real ones have
 * @name: in: of a platform device, ends with 0
 *
 * On Arm they come from the device tree, which devices that some driver makes up are not
 * in. On x86 there is nothing to do.
 */
struct importer_configure {
	char name[32];
};

/*
 * IMPORTER_FENCE puts a fence into the held dma-buf's reservation object, as a device does
 * that is busy with it. IMPORTER_SIGNAL signals it, and so does closing the file; one at a
 * time. IMPORTER_FENCE_WRITE: that of a device which writes, so that others have to wait for
 * it. IMPORTER_LOCK: keep dma_resv of what is held locked, for so many milliseconds or until
 * the caller is killed. IMPORTER_INVALIDATED: how often an IMPORTER_DYNAMIC hold of this file was told to
 * give its mapping up.
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

#endif /* TESTS_MODULES_IMPORTER_H */
