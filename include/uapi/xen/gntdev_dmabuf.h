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
 * The owner of some memory grants a peer domain access to it, page by page. A grant
 * reference is the number by which the peer names one such page of 4096 bytes. EXPORT
 * makes a dma-buf of a list of references that a peer has granted to this domain,
 * without a copy. The result is an ordinary dma-buf: it can be mapped by the CPU with
 * mmap(2), attached to devices, and passed on to other processes. IMPORT is the other
 * direction: it makes a list of references of a dma-buf of this domain.
 *
 * Every shared buffer has a 64-bit id. An id belongs to the open /dev/xen/gntdev file
 * that it was issued on, is never 0 and is never used again. An EXPORT that fails may
 * use up an id, which then counts as released. File descriptor numbers are not ids:
 * they can be duplicated, passed on, closed and reused.
 *
 * A file descriptor, a mapping and an attached device hold the dma-buf, and the dma-buf
 * holds the export. The gntdev file does not: closing it does not end an export. When
 * the last user is gone the grants are unmapped. The export is *released* when the
 * hypervisor has unmapped the last of them. WAIT waits for that: when it returns 0, the
 * owner may be told that it can reuse its memory. NOTIFY has an eventfd signalled then,
 * for programs that wait for many events at once.
 *
 * REVOKE ends an export that is in use. Processes that have it mapped get SIGBUS from
 * then on, it cannot be mapped for a device any more, and drivers that can be told to
 * unmap it are told. It is released when the last driver that has it mapped for a
 * device has unmapped it. An export made with REVOKE_ON_CLOSE is revoked when the
 * gntdev file is closed, also by the end of the process.
 *
 * An import ends when it is revoked, when its gntdev file is closed, also by the end of
 * the process, or when the driver that made the dma-buf invalidates its mappings. From
 * then on its references are ended one by one. A reference that the peer has mapped
 * cannot be ended before the peer unmaps it. The import holds the dma-buf until the last
 * reference is ended. Only then is it released.
 *
 * QUERY tells what is known about a buffer.
 */

/**
 * DOC: General format
 *
 * Every operation takes a pointer to a structure whose first member is the size of the
 * structure, as the caller knows it. A structure that is longer than the kernel's is
 * accepted if the part that the kernel does not know is zero. A shorter one is accepted
 * down to the size of the structure in its first version: the missing part counts as
 * zero, and no more than the caller's size is written back. So clear the whole structure
 * first, then fill in the inputs. Reserved members have to be zero. Pointers are passed
 * as 64-bit integers. The operations are the same for 32-bit processes.
 */

/**
 * DOC: Errors
 *
 * An operation that fails leaves nothing behind: no file descriptor, no visible id, no
 * mapped grant.
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
 * EINVAL        IMPORT: domid is not that of an ordinary domain
 * EINVAL        IMPORT: the descriptor is not a dma-buf; offset is not inside of it, or
 *               offset + length is beyond its end; or its memory, as the driver that made
 *               it maps it, does not begin and end at page boundaries
 * EBADF         IMPORT: there is no such descriptor
 * EACCES        IMPORT: the dma-buf is opened O_RDONLY, and READONLY is not given
 * ENOBUFS       IMPORT: capacity is less than the number of references that are needed,
 *               which is written to count
 * EOPNOTSUPP    IMPORT: the kernel's pages are not Xen's 4096 bytes; domid is this
 *               domain's own, in a PVH or HVM domain; the dma-buf was made by EXPORT; or
 *               its memory is not RAM of this domain, but a device's or another domain's
 * EDQUOT        IMPORT: there would be more pages imported by this user, for this peer, or
 *               in all, than the module's parameters "import_limit_user" and
 *               "import_limit_domain", and half of the grant table, allow
 * ENOSPC        IMPORT: the grant table has no free references left
 * ENODEV        IMPORT: the driver that made the dma-buf has invalidated its mappings, or
 *               this domain has been saved and restored, meanwhile
 * EINTR         IMPORT: the process was killed, or a signal was caught while the driver that
 *               made the dma-buf held its lock or moved the memory
 * EINVAL        NOTIFY: the descriptor is not an eventfd
 * EBADF         NOTIFY: there is no such descriptor
 * EEXIST        NOTIFY: the eventfd has been added to this buffer before
 * EOPNOTSUPP    EXPORT: the kernel's pages are not Xen's 4096 bytes
 * EOPNOTSUPP    EXPORT: domid is this domain's own, in a PVH or HVM domain: Xen would
 *               remove the pages from their owner's address space
 * EDQUOT        EXPORT: count is above the gntdev module's parameter "limit", or there
 *               would be more pages exported by this user, from this peer, or in all
 *               (in a PV domain together with user mappings) than its parameters
 *               "export_limit_user", "export_limit_domain" and "mapping_limit" allow
 * EDQUOT        NOTIFY: the buffer has 64 eventfds
 * ENOMEM        no memory, or no frames to map the grants into; with CONTIGUOUS, no
 *               run of so many frames (see the kernel parameter
 *               xen.contiguous_limit_mb)
 * EMFILE        EXPORT: the process has no file descriptor left
 * ENFILE        EXPORT: the system has no file left
 * EREMOTEIO     EXPORT: the peer refused or has ended a grant, or there is no
 *               such domain, or this domain has a page mapped 127 times already;
 *               the status array says which references are bad. Xen
 *               also gives GNTST_general_error for faults on this side, for example
 *               if it has no memory for page tables
 * ENOSPC        EXPORT: the hypervisor has no room to keep track of another
 *               mapping (see Xen's option gnttab_max_maptrack_frames=), or the
 *               machine's IOMMU has none; the status array says where it ran out
 * ENOENT        WAIT, QUERY, REVOKE, NOTIFY: no such id has been issued on this
 *               file, or it is 0
 * ENOENT        NOTIFY with REMOVE: the eventfd was not added to this buffer, or has
 *               been signalled
 * ETIMEDOUT     WAIT: the deadline has passed and the buffer is not released
 * EIO           EXPORT: the hypervisor refuses to map anything
 * ENODEV        EXPORT: this domain has been saved and restored meanwhile
 * EINTR         EXPORT: the process was killed
 * EINTR         WAIT, and REVOKE of an export that a driver has locked: a signal was
 *               caught (the call goes on by itself if the handler was installed with
 *               SA_RESTART)
 * ============  =================================================================
 *
 * IMPORT also passes on the errors of the driver that made the dma-buf, for example if the
 * driver refuses to pin it.
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
 * ENODEV        mmap(2), or a device is attached or maps it: the export is revoked
 * EOPNOTSUPP    a device is attached to a REVOCABLE export, and its driver cannot be told
 *               to unmap
 * ENOMEM        no memory for what a mapping needs
 * EDQUOT        mmap(2) in a para-virtualized (PV) domain: there would be more pages mapped
 *               by this user, or in all, than the module's parameters "mmap_limit_user" and
 *               "mapping_limit" allow
 * EINVAL        a driver needs one address for all of it (vmap), and it is a READONLY
 *               or REVOCABLE export or, in a PV domain, one that is not contiguous
 * ============  =================================================================
 *
 * Access to a user mapping is SIGBUS when the export is revoked; and, in a PV domain,
 * if the hypervisor cannot map the page once more: it has no room, as with ENOSPC, or
 * because this domain has it mapped 127 times already. A user mapping
 * cannot be extended by mremap(2) (EFAULT). In a PV domain it is not inherited by
 * fork(2); mremap(2) can move it, and needs room for its pages in the limits (EDQUOT).
 */

#define GNTDEV_DMABUF_IOCTL_TYPE	'G'

/*
 * Numbers from 0 to 0x1f belong to gntalloc.h, gntdev.h and to trees which have extended
 * these.
 */
enum {
	GNTDEV_DMABUF_CMD_BASE = 0x20,
	GNTDEV_DMABUF_CMD_EXPORT = GNTDEV_DMABUF_CMD_BASE,
	GNTDEV_DMABUF_CMD_IMPORT = 0x21,
	GNTDEV_DMABUF_CMD_REVOKE = 0x22,
	GNTDEV_DMABUF_CMD_WAIT = 0x23,
	GNTDEV_DMABUF_CMD_NOTIFY = 0x24,
	GNTDEV_DMABUF_CMD_QUERY = 0x25,
};

/* Flags of EXPORT: GNTDEV_DMABUF_EXPORT_*. */

/*
 * The grants are mapped for reading only, and the dma-buf is opened O_RDONLY. References
 * that were granted for reading only can only be exported with this flag. Without it the
 * dma-buf is opened O_RDWR. The descriptor is always close-on-exec.
 */
#define GNTDEV_DMABUF_EXPORT_READONLY	(1U << 0)

/*
 * The frames that the grants are mapped into have to be one run in this domain's
 * address space, or EXPORT fails with ENOMEM. Without this flag they are one run if
 * one is to spare, else they are scattered. QUERY tells. Frames are not memory: they
 * need address space, and its struct pages (one 64th of its size). Only a kernel that
 * has no unpopulated address space balloons out RAM for the time of the export: with
 * this flag always, without it if the balloon does not have as many pages.
 *
 * A device sees one run as well if its addresses are those of the domain or of an IOMMU.
 * If they are the machine's, as in PV domains and in Dom0 on Arm, it sees the peer's pages
 * at their own addresses.
 */
#define GNTDEV_DMABUF_EXPORT_CONTIGUOUS	(1U << 1)

/*
 * REVOKE the export when the gntdev file that it is made on is closed. The close does not wait
 * for that: it begins soon after.
 */
#define GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE	(1U << 2)

/*
 * Admit only drivers that can be told to unmap the buffer (dynamic importers: most drivers of
 * GPUs, RDMA devices), so that a revocation is bounded. It then takes the time to unmap the
 * grants, and before that, until the last fence is signalled that existed at the revocation.
 * All other drivers cannot attach (EOPNOTSUPP), and no driver can map the buffer into the
 * kernel. User mappings are as for any export: they can always be revoked.
 */
#define GNTDEV_DMABUF_EXPORT_REVOCABLE	(1U << 3)

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

/* Flag of IMPORT: the peer may only read. */
#define GNTDEV_DMABUF_IMPORT_READONLY	(1U << 0)

/**
 * struct gntdev_dmabuf_import - ioctl(GNTDEV_DMABUF_IMPORT)
 * @size: in: sizeof(struct gntdev_dmabuf_import)
 * @flags: in: 0 or GNTDEV_DMABUF_IMPORT_READONLY
 * @domid: in: the domain that gets access
 * @fd: in: the dma-buf's file descriptor
 * @offset: in: the first byte to share
 * @length: in: how many bytes to share, 0: the rest of the dma-buf
 * @refs: in: pointer to an array of @capacity __u32, which gets the references in the order
 *        of the buffer's pages. The contents are undefined if the operation fails
 * @capacity: in: the length of that array
 * @count: out: how many references there are. Also written if the error is ENOBUFS
 * @id: out: the new buffer's id
 * @first_offset: out: where in the first page the first byte is
 * @reserved: must be 0
 *
 * Grant a peer access to a dma-buf of this domain. Whole pages are shared: the peer can also
 * access the other bytes of the first and of the last one. The dma-buf is held until the
 * import is released; its descriptor can be closed before.
 */
struct gntdev_dmabuf_import {
	__u32 size;
	__u32 flags;
	__u32 domid;
	__s32 fd;
	__aligned_u64 offset;
	__aligned_u64 length;
	__aligned_u64 refs;
	__u32 capacity;
	__u32 count;
	__aligned_u64 id;
	__u32 first_offset;
	__u32 reserved;
};

#define GNTDEV_DMABUF_IMPORT \
	_IO(GNTDEV_DMABUF_IOCTL_TYPE, GNTDEV_DMABUF_CMD_IMPORT)

/**
 * struct gntdev_dmabuf_revoke - ioctl(GNTDEV_DMABUF_REVOKE)
 * @size: in: sizeof(struct gntdev_dmabuf_revoke)
 * @flags: in: must be 0
 * @id: in: the buffer
 *
 * Begin to end a buffer that may be in use. Does not wait for the end. The result is also 0
 * if that has begun before, or if the buffer is released. WAIT and NOTIFY tell when it is.
 *
 * An export: when this returns no new access is given (but drivers can join a kernel
 * mapping, vmap, of another driver). Existing access is revoked, or ends, in the state
 * GNTDEV_DMABUF_STATE_REVOKING. Fences that are added later do not delay the release. A
 * driver that never unmaps the dma-buf keeps the export in that state: the peer's pages
 * cannot be unmapped while a device uses them. See GNTDEV_DMABUF_EXPORT_REVOCABLE.
 *
 * Of an import: its references are ended soon after, except for those that the peer has
 * mapped. These are tried again until the peer has unmapped them.
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
 * of threads may wait for the same buffer. The dma-buf's file descriptor is a user of
 * the buffer: a process has to close its own before it waits.
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
 * if the buffer is released already. A buffer can have 64 eventfds. It
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
 * @GNTDEV_DMABUF_KIND_IMPORT: made by IMPORT: pages of this domain, granted to another
 */
enum gntdev_dmabuf_kind {
	GNTDEV_DMABUF_KIND_NONE = 0,
	GNTDEV_DMABUF_KIND_EXPORT = 1,
	GNTDEV_DMABUF_KIND_IMPORT = 2,
};

/**
 * enum gntdev_dmabuf_state - where a buffer is in its life
 * @GNTDEV_DMABUF_STATE_LIVE: in use
 * @GNTDEV_DMABUF_STATE_REVOKING: it is revoked, but still mapped for a device or by a
 *                                driver
 * @GNTDEV_DMABUF_STATE_UNMAPPING: it has no users, its grants are being unmapped. If the
 *                                 hypervisor refuses to unmap a grant, the buffer
 *                                 stays in this state, and WAIT never returns 0
 * @GNTDEV_DMABUF_STATE_RELEASED: none of its grants is mapped; all references are ended
 * @GNTDEV_DMABUF_STATE_ENDING: an import whose references are being ended
 *
 * An export goes from LIVE to REVOKING, UNMAPPING and RELEASED, and may skip REVOKING. An
 * import goes from LIVE to ENDING and RELEASED.
 */
enum gntdev_dmabuf_state {
	GNTDEV_DMABUF_STATE_LIVE = 1,
	GNTDEV_DMABUF_STATE_REVOKING = 2,
	GNTDEV_DMABUF_STATE_UNMAPPING = 3,
	GNTDEV_DMABUF_STATE_RELEASED = 4,
	GNTDEV_DMABUF_STATE_ENDING = 5,
};

/*
 * Property: the frames that the grants are mapped into are one run. See
 * GNTDEV_DMABUF_EXPORT_CONTIGUOUS for what devices see.
 */
#define GNTDEV_DMABUF_QUERY_CONTIGUOUS	(1U << 0)

/*
 * Property: this domain has been saved and restored since the id was issued. A buffer that was
 * not released before has been lost with that.
 */
#define GNTDEV_DMABUF_QUERY_LOST	(1U << 1)

/**
 * struct gntdev_dmabuf_query - ioctl(GNTDEV_DMABUF_QUERY)
 * @size: in: sizeof(struct gntdev_dmabuf_query)
 * @flags: in: must be 0
 * @id: in: the buffer
 * @kind: out: &enum gntdev_dmabuf_kind
 * @state: out: &enum gntdev_dmabuf_state
 * @buffer_flags: out: the flags that the buffer was made with
 * @domid: out: the peer domain
 * @count: out: number of references, as given to EXPORT or by IMPORT
 * @properties: out: GNTDEV_DMABUF_QUERY_*, and bits that later kernels add
 * @attachments: out: devices attached to the dma-buf at the moment
 * @user_mappings: out: mappings by processes (VMAs) at the moment
 * @mapped: out: of an import: references that the peer has mapped at the moment. A
 *          statistic: the peer may map or unmap others before QUERY returns
 * @reserved: must be 0
 *
 * For a buffer that is released all of the outputs but @state and
 * GNTDEV_DMABUF_QUERY_LOST are 0. @attachments and @user_mappings are those of exports.
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
	__u32 mapped;
	__u32 reserved;
};

#define GNTDEV_DMABUF_QUERY \
	_IO(GNTDEV_DMABUF_IOCTL_TYPE, GNTDEV_DMABUF_CMD_QUERY)

#endif /* _UAPI_XEN_GNTDEV_DMABUF_H */
