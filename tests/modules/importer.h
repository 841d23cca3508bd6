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
 * @pad: 0
 *
 * The device reads and writes, and has 64 address bits.
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
	__u32 pad;
};

#define IMPORTER_ATTACH	_IOWR('X', 0x11, struct importer_attach)

#endif /* TESTS_MODULES_IMPORTER_H */
