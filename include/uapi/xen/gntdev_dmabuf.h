/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR MIT) */
/*
 * Sharing of dma-bufs between Xen domains, second generation.
 *
 * These operations are ioctls of /dev/xen/gntdev, beside those of gntdev.h.
 */

#ifndef _UAPI_XEN_GNTDEV_DMABUF_H
#define _UAPI_XEN_GNTDEV_DMABUF_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: Overview
 *
 * The owner of some memory grants a peer domain access to it, page by page; a
 * grant reference is the number by which the peer names one such page of 4096
 * bytes. EXPORT turns a list of references that a peer has granted to this
 * domain into a dma-buf, without a copy. The file descriptor that comes back is
 * an ordinary dma-buf: it can be mapped by the CPU with mmap(2), attached to
 * devices, and passed on to other processes.
 *
 * Every shared buffer has a 64-bit id. Ids belong to the open /dev/xen/gntdev
 * file they were issued on, 0 is never one, and none is ever used again; an EXPORT
 * that fails may use one up, which counts as released from then on. File
 * descriptor numbers are not ids: they can be duplicated, passed on, closed and
 * reused.
 *
 * An export lives as long as somebody holds its dma-buf: a file descriptor, a
 * mapping, an attached device. Closing the gntdev file does not end it. When the
 * last user is gone the grants are unmapped, and only when the hypervisor has
 * unmapped the last of them is the export *released*. WAIT waits for that, so
 * when it returns 0 the owner may be told that its memory is its own again. NOTIFY
 * has an eventfd signalled then, for those who wait for many things at once.
 *
 * REVOKE ends an export although it is in use. Processes that have it mapped get
 * SIGBUS from then on, devices cannot be given it any more, and drivers that are
 * able to give it up are told to. It is released when the last of the others,
 * which had mapped it for a device before, has unmapped it. An export made with
 * REVOKE_ON_CLOSE is revoked when the gntdev file is closed, be it by the end of
 * the process.
 *
 * QUERY tells what is known about a buffer.
 */

/**
 * DOC: General format
 *
 * Every operation takes a pointer to a structure whose first member is the size
 * that the caller knows it by. A longer structure than the kernel's is accepted
 * if everything that the kernel does not know is zero; a shorter one is accepted
 * down to the size that the structure had in its first version, the rest counting
 * as zero, and only that much is written back. So clear the whole structure first,
 * then fill in the inputs. Reserved members have to be zero. Pointers are passed
 * as 64-bit integers; the operations are the same for 32-bit processes.
 */

/**
 * DOC: Errors
 *
 * If an operation fails nothing of it stays behind: no file descriptor, no id
 * that was ever visible, no grant mapped.
 *
 * ============  =================================================================
 * Error         Cause
 * ============  =================================================================
 * ENOTTY        the kernel does not know the operation
 * EFAULT        the structure, or an array that it points to, cannot be accessed
 * EINVAL        the structure is smaller than its first version
 * EINVAL        a flag that the kernel does not know, or a reserved member that
 *               is not zero
 * EINVAL        EXPORT: count is zero
 * EINVAL        EXPORT: domid is not that of an ordinary domain (Xen reserves
 *               everything from 0x7FF0)
 * E2BIG         the structure is longer than the kernel's, with something else
 *               than zero in the unknown part; or it is longer than a page
 * EINVAL        NOTIFY: the descriptor is not an eventfd
 * EBADF         NOTIFY: there is no such descriptor
 * EEXIST        NOTIFY: the eventfd has been added to this buffer before
 * EOPNOTSUPP    EXPORT: the kernel's pages are not Xen's 4096 bytes
 * EOPNOTSUPP    EXPORT: domid is this domain's own, in a PVH or HVM domain: Xen would
 *               remove the pages from their owner's address space
 * EDQUOT        EXPORT: count is above the gntdev module's parameter "limit", or there
 *               would be more pages exported on this file, or from this peer, than
 *               its parameters "export_limit_file" and "export_limit_domain" allow
 * ENOMEM        no memory, or no frames to map the grants into; with CONTIGUOUS, no
 *               run of so many frames (see the kernel parameter
 *               xen.contiguous_limit_mb)
 * EMFILE        EXPORT: the process has no file descriptor left
 * ENFILE        EXPORT: the system has no file left
 * EREMOTEIO     EXPORT: the peer refused or has ended a grant, or there is no
 *               such domain, or this domain has a page mapped 127 times already;
 *               the status array says which references are bad. Xen
 *               gives GNTST_general_error for faults on this side, too, such as
 *               want of memory for its page tables
 * ENOSPC        EXPORT: the hypervisor has no room to keep track of another
 *               mapping (see Xen's option gnttab_max_maptrack_frames=), or the
 *               machine's IOMMU has none; the status array says where it ran out
 * ENOENT        WAIT, QUERY, REVOKE, NOTIFY: no such id has been issued on this
 *               file, or it is 0
 * ENOENT        NOTIFY with REMOVE: the eventfd was not added to this buffer, or has
 *               been signalled
 * ETIMEDOUT     WAIT: the deadline has passed and the buffer is not released
 * EIO           EXPORT: the hypervisor refuses to map anything
 * EINTR         EXPORT: the process was killed
 * EINTR         WAIT: a signal was caught (the wait goes on by itself if the
 *               handler was installed with SA_RESTART)
 * ============  =================================================================
 *
 * And of the dma-buf that EXPORT gives:
 *
 * ============  =================================================================
 * Error         Cause
 * ============  =================================================================
 * EINVAL        mmap(2) without MAP_SHARED, or beyond the end
 * EACCES        mmap(2) with PROT_WRITE of a READONLY export, or mprotect(2) of its
 *               mapping to PROT_WRITE
 * EACCES        a device that would only write (DMA_FROM_DEVICE) maps a READONLY
 *               export
 * EIO           a device cannot reach the pages where they are, and would be
 *               given a copy of them
 * ENODEV        mmap(2), or a device maps it: the export is revoked
 * ENOMEM        no memory for what a mapping needs
 * EDQUOT        mmap(2) in a para-virtualized (PV) domain: there would be more pages
 *               mapped than the module's parameter "mmap_limit" allows
 * EINVAL        a driver needs one address for all of it (vmap), and it is a READONLY
 *               export or, in a PV domain, one that is not contiguous
 * ============  =================================================================
 *
 * Access to a user mapping is SIGBUS when the export is revoked; and, in a PV domain,
 * if the hypervisor cannot map the page once more: for want of room as with ENOSPC, or
 * because this domain has it mapped 127 times already. A user mapping
 * cannot be extended by mremap(2) (EFAULT). In a PV domain it is not inherited by
 * fork(2), and can be neither moved nor, in part, unmapped or changed (EINVAL).
 */

#define GNTDEV_DMABUF_IOCTL_TYPE	'G'

/*
 * 0x21 is kept for IMPORT. Numbers from 0 to 0x1f belong to gntalloc.h, gntdev.h and to
 * trees which have extended these.
 */
enum {
	GNTDEV_DMABUF_CMD_BASE = 0x20,
	GNTDEV_DMABUF_CMD_EXPORT = GNTDEV_DMABUF_CMD_BASE,
	GNTDEV_DMABUF_CMD_REVOKE = 0x22,
	GNTDEV_DMABUF_CMD_WAIT = 0x23,
	GNTDEV_DMABUF_CMD_NOTIFY = 0x24,
	GNTDEV_DMABUF_CMD_QUERY = 0x25,
};

/* Flags of EXPORT: GNTDEV_DMABUF_EXPORT_*. */

/*
 * The grants are mapped for reading only (all that is possible if that is how
 * they were granted) and the dma-buf is opened O_RDONLY. Without this flag it is
 * O_RDWR. Either way the descriptor is close-on-exec.
 */
#define GNTDEV_DMABUF_EXPORT_READONLY	(1U << 0)

/*
 * The frames that the grants are mapped into have to be one run in this domain's
 * address space, or EXPORT fails with ENOMEM. Without this flag they are that if
 * there is such a run, else they are scattered; QUERY tells. Frames are not memory:
 * this costs address space, and what describes it to the kernel (one 64th of its
 * size). Only a kernel which has no unpopulated address space takes memory of its own
 * out of use meanwhile: with this flag always, without it if the balloon does not have
 * as many pages.
 *
 * A device sees one run, too, where its addresses are those of the domain or an
 * IOMMU's. Where they are the machine's, as in PV domains and in Dom0 on Arm, it sees
 * the peer's pages wherever these are.
 */
#define GNTDEV_DMABUF_EXPORT_CONTIGUOUS	(1U << 1)

/* REVOKE the export when the gntdev file that it is made on is closed. */
#define GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE	(1U << 2)

/**
 * struct gntdev_dmabuf_export - ioctl(GNTDEV_DMABUF_EXPORT)
 * @size: in: sizeof(struct gntdev_dmabuf_export)
 * @flags: in: GNTDEV_DMABUF_EXPORT_*
 * @domid: in: the domain that has granted the references
 * @count: in: how many references there are; the dma-buf has the size of so many
 *         pages of 4096 bytes
 * @refs: in: pointer to an array of @count __u32, the references in the order of
 *        the buffer's pages
 * @status: in: pointer to an array of @count __s16 for the outcome of each
 *          reference, or 0. Written if the operation succeeds or fails with
 *          EREMOTEIO or ENOSPC: 0 for a good reference, else the value that Xen
 *          gave for it, GNTST_* of xen/interface/grant_table.h, which is negative.
 *          Every reference is tried, so all that are bad are named. After other
 *          errors the contents are undefined. Pages that
 *          the peer has paged out are waited for, up to a few seconds in all;
 *          then it is GNTST_eagain
 * @id: out: the new buffer's id
 * @fd: out: the dma-buf's file descriptor
 * @reserved: must be 0
 *
 * Map granted pages and wrap them in a dma-buf. The owner of the pages should not
 * reuse them before the export is released, whatever happens to this process.
 */
struct gntdev_dmabuf_export {
	__u32 size;
	__u32 flags;
	__u32 domid;
	__u32 count;
	__aligned_u64 refs;
	__aligned_u64 status;
	__aligned_u64 id;
	__s32 fd;
	__u32 reserved;
};

#define GNTDEV_DMABUF_EXPORT \
	_IO(GNTDEV_DMABUF_IOCTL_TYPE, GNTDEV_DMABUF_CMD_EXPORT)

/**
 * struct gntdev_dmabuf_revoke - ioctl(GNTDEV_DMABUF_REVOKE)
 * @size: in: sizeof(struct gntdev_dmabuf_revoke)
 * @flags: in: must be 0
 * @id: in: the buffer
 *
 * Begin to end a buffer, whoever uses it. Returns at once, and 0 also if that has
 * begun before or the buffer is released; WAIT or NOTIFY tell when it is.
 *
 * Of an export: from when this returns nobody gets new access to it (but drivers can
 * join a kernel mapping, vmap, that another one has). Accesses that
 * are possible already are taken away or come to their end while it is
 * GNTDEV_DMABUF_STATE_REVOKING; fences that are added later do not delay the
 * release. A driver that never releases the dma-buf keeps it in
 * that state: the peer's pages cannot be unmapped under a device that is using them.
 */
struct gntdev_dmabuf_revoke {
	__u32 size;
	__u32 flags;
	__aligned_u64 id;
};

#define GNTDEV_DMABUF_REVOKE \
	_IO(GNTDEV_DMABUF_IOCTL_TYPE, GNTDEV_DMABUF_CMD_REVOKE)

/* Deadlines of WAIT that are not times. */
#define GNTDEV_DMABUF_WAIT_POLL		0ULL
#define GNTDEV_DMABUF_WAIT_FOREVER	(~0ULL)

/**
 * struct gntdev_dmabuf_wait - ioctl(GNTDEV_DMABUF_WAIT)
 * @size: in: sizeof(struct gntdev_dmabuf_wait)
 * @flags: in: must be 0
 * @id: in: the buffer
 * @deadline: in: time of CLOCK_MONOTONIC in nanoseconds at which to give up;
 *            GNTDEV_DMABUF_WAIT_POLL: only look; GNTDEV_DMABUF_WAIT_FOREVER: never
 *
 * Wait until a buffer is released. Returns 0 at once if it already is. Any number
 * of threads may wait for the same buffer. The dma-buf's file descriptor counts as
 * a user: who waits for a buffer without having closed it waits for himself.
 */
struct gntdev_dmabuf_wait {
	__u32 size;
	__u32 flags;
	__aligned_u64 id;
	__aligned_u64 deadline;
};

#define GNTDEV_DMABUF_WAIT \
	_IO(GNTDEV_DMABUF_IOCTL_TYPE, GNTDEV_DMABUF_CMD_WAIT)

/* NOTIFY: remove the eventfd instead of adding it. */
#define GNTDEV_DMABUF_NOTIFY_REMOVE	(1U << 0)

/**
 * struct gntdev_dmabuf_notify - ioctl(GNTDEV_DMABUF_NOTIFY)
 * @size: in: sizeof(struct gntdev_dmabuf_notify)
 * @flags: in: 0 or GNTDEV_DMABUF_NOTIFY_REMOVE
 * @id: in: the buffer
 * @eventfd: in: an eventfd(2)
 * @reserved: in: must be 0
 *
 * Add an eventfd to a buffer. It is signalled once, when the buffer is released; at once
 * if the buffer is released already. A buffer can have any number of eventfds. It
 * keeps them until the release even if the descriptors and the gntdev file are closed.
 *
 * REMOVE removes an eventfd that was added before, and affects no other eventfd. If the
 * buffer is being released at that moment REMOVE fails with ENOENT, and the eventfd is
 * signalled.
 */
struct gntdev_dmabuf_notify {
	__u32 size;
	__u32 flags;
	__aligned_u64 id;
	__s32 eventfd;
	__u32 reserved;
};

#define GNTDEV_DMABUF_NOTIFY \
	_IO(GNTDEV_DMABUF_IOCTL_TYPE, GNTDEV_DMABUF_CMD_NOTIFY)

/**
 * enum gntdev_dmabuf_kind - what a buffer is
 * @GNTDEV_DMABUF_KIND_NONE: it is released, nothing else is remembered
 * @GNTDEV_DMABUF_KIND_EXPORT: made by EXPORT: pages of another domain
 */
enum gntdev_dmabuf_kind {
	GNTDEV_DMABUF_KIND_NONE = 0,
	GNTDEV_DMABUF_KIND_EXPORT = 1,
};

/**
 * enum gntdev_dmabuf_state - where a buffer is in its life
 * @GNTDEV_DMABUF_STATE_LIVE: in use
 * @GNTDEV_DMABUF_STATE_REVOKING: it is revoked, but still mapped for a device or by a
 *                                driver
 * @GNTDEV_DMABUF_STATE_UNMAPPING: it has no users, its grants are being unmapped. If the
 *                                 hypervisor refuses to unmap a grant, the buffer
 *                                 stays in this state, and WAIT never returns 0
 * @GNTDEV_DMABUF_STATE_RELEASED: none of its grants is mapped
 *
 * A buffer passes through the states in this order, and may skip REVOKING.
 */
enum gntdev_dmabuf_state {
	GNTDEV_DMABUF_STATE_LIVE = 1,
	GNTDEV_DMABUF_STATE_REVOKING = 2,
	GNTDEV_DMABUF_STATE_UNMAPPING = 3,
	GNTDEV_DMABUF_STATE_RELEASED = 4,
};

/*
 * Property: the frames that the grants are mapped into are one run. See
 * GNTDEV_DMABUF_EXPORT_CONTIGUOUS for what devices see.
 */
#define GNTDEV_DMABUF_QUERY_CONTIGUOUS	(1U << 0)

/**
 * struct gntdev_dmabuf_query - ioctl(GNTDEV_DMABUF_QUERY)
 * @size: in: sizeof(struct gntdev_dmabuf_query)
 * @flags: in: must be 0
 * @id: in: the buffer
 * @kind: out: &enum gntdev_dmabuf_kind
 * @state: out: &enum gntdev_dmabuf_state
 * @buffer_flags: out: the flags that the buffer was made with
 * @domid: out: the peer domain
 * @count: out: number of references, as given to EXPORT
 * @properties: out: GNTDEV_DMABUF_QUERY_*, and bits that later kernels add
 * @attachments: out: devices attached to the dma-buf at the moment
 * @user_mappings: out: mappings by processes (VMAs) at the moment
 *
 * For a buffer that is released all of the outputs but @state are 0.
 */
struct gntdev_dmabuf_query {
	__u32 size;
	__u32 flags;
	__aligned_u64 id;
	__u32 kind;
	__u32 state;
	__u32 buffer_flags;
	__u32 domid;
	__u32 count;
	__u32 properties;
	__u32 attachments;
	__u32 user_mappings;
};

#define GNTDEV_DMABUF_QUERY \
	_IO(GNTDEV_DMABUF_IOCTL_TYPE, GNTDEV_DMABUF_CMD_QUERY)

#endif /* _UAPI_XEN_GNTDEV_DMABUF_H */
