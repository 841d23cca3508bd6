/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Sharing of dma-bufs between Xen domains, with the handles of libxengnttab.
 *
 * An *export* is a dma-buf that this domain makes of grant references of a peer domain. An
 * *import* is the other direction: grant references to a dma-buf of this domain, for a peer.
 * Each has a handle of type xengnttab_dmabuf.
 *
 * Errors: functions that return int give 0, or -1 with errno set. Functions that return a
 * pointer give NULL with errno set on failure. No function prints or ends the process. Where
 * no errno is named here, it is that of the kernel, see xen/gntdev_dmabuf.h. ENOMEM can come
 * from every function that makes something.
 *
 * Old kernels: Linux has had four ioctls for dma-bufs since 4.19. If the kernel has nothing
 * newer, the library uses these where they can do the job; otherwise errno is EOPNOTSUPP. See
 * xengnttab_dmabuf_capabilities(). If the kernel has no support for dma-bufs at all, errno is
 * EOPNOTSUPP as well.
 *
 * Threads: any number of threads can call these functions at the same time, also with the same
 * xengnttab_handle and the same xengnttab_dmabuf. The exception is xengnttab_dmabuf_free(): when
 * a thread drops the last reference on a handle, no other thread may use that handle any more.
 *
 * Lifetime: a xengnttab_dmabuf uses the xengnttab_handle that it was made on. Free all of them
 * before xengnttab_close(). After fork(2) the child must not use the handles of its parent; it
 * can use the dma-bufs' file descriptors. But it inherits the gntdev file, and descriptors that are
 * the library's own, such as those of a cache: while the child has them, buffers are not released
 * and the end of the parent does not end its imports. So fork before xengnttab_open(), or let the
 * child call execve(2) or close_range(2).
 */
#ifndef XENGNTTAB_DMABUF_H
#define XENGNTTAB_DMABUF_H

#include <stdint.h>

#include <xengnttab.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One shared buffer. It has a reference count, which starts at 1. */
typedef struct xengnttab_dmabuf xengnttab_dmabuf;

/* The size of the pages that grant references stand for, on all architectures. */
#define XENGNTTAB_DMABUF_PAGE_SIZE		4096U

/*
 * What the kernel can do. Each of the first five bits stands for one operation of
 * xen/gntdev_dmabuf.h. (WAIT comes with EXPORT or IMPORT.)
 */
#define XENGNTTAB_DMABUF_CAP_EXPORT		(1U << 0)
#define XENGNTTAB_DMABUF_CAP_IMPORT		(1U << 1)
#define XENGNTTAB_DMABUF_CAP_REVOKE		(1U << 2)
#define XENGNTTAB_DMABUF_CAP_NOTIFY		(1U << 3)
#define XENGNTTAB_DMABUF_CAP_QUERY		(1U << 4)

/*
 * The kernel has no EXPORT, but the ioctls of Linux 4.19 for it. Then
 *  - xengnttab_dmabuf_export() works without flags, and reports no status of single references;
 *  - xengnttab_dmabuf_wait() works; what it waits for is that the last user of the dma-buf is
 *    gone, which may be shortly before the hypervisor has unmapped the grants;
 *  - xengnttab_dmabuf_revoke(), _query() and _eventfd() fail with EOPNOTSUPP;
 *  - each export occupies one more file descriptor until its handle is freed.
 * (On x86, the kernels that have only these ioctls refuse every export with EINVAL.)
 */
#define XENGNTTAB_DMABUF_CAP_OLD_EXPORT		(1U << 16)

/*
 * The kernel has no IMPORT, but the ioctls of Linux 4.19 for it. Then
 *  - xengnttab_dmabuf_import() works without flags, if all pages of the dma-buf are shared;
 *  - xengnttab_dmabuf_revoke() works, but nothing tells when the peer has unmapped its grants:
 *    xengnttab_dmabuf_wait(), _query() and _eventfd() fail with EOPNOTSUPP;
 *  - each import occupies one more file descriptor, which holds the dma-buf, until its handle
 *    is freed.
 */
#define XENGNTTAB_DMABUF_CAP_OLD_IMPORT		(1U << 17)

/**
 * Ask what the kernel can do. The answer does not depend on the domain's rights or limits.
 *
 * @param caps result: XENGNTTAB_DMABUF_CAP_*, or 0 if the kernel cannot share dma-bufs
 * @return 0, or -1 with errno set
 */
int xengnttab_dmabuf_capabilities(xengnttab_handle *xgt, uint32_t *caps);

/* Map for reading only. The dma-buf is opened O_RDONLY. */
#define XENGNTTAB_DMABUF_EXPORT_READONLY	(1U << 0)

/*
 * Fail with ENOMEM unless the pages can be mapped into one run of frames. Without this flag they
 * are one run if one is free; see XENGNTTAB_DMABUF_CONTIGUOUS.
 */
#define XENGNTTAB_DMABUF_EXPORT_CONTIGUOUS	(1U << 1)

/* Revoke the export when the gntdev file is closed, also by the end of the process. */
#define XENGNTTAB_DMABUF_EXPORT_REVOKE_ON_CLOSE	(1U << 2)

/* Admit only drivers that can be told to unmap, so that the time of a revocation is bounded. */
#define XENGNTTAB_DMABUF_EXPORT_REVOCABLE	(1U << 3)

/**
 * Make a dma-buf of grant references. The pages are mapped now, and stay mapped while anything
 * uses the dma-buf: a descriptor, a mapping, a device. Freeing the handle does not unmap them.
 *
 * The owner of the pages should not reuse them before the export is released, see
 * xengnttab_dmabuf_wait(). The references are not needed any more when this returns.
 *
 * @param domid the peer that has granted the references
 * @param flags XENGNTTAB_DMABUF_EXPORT_*
 * @param count number of references, at least 1
 * @param refs one reference for each page, in the order of the buffer's pages
 * @param status NULL, or an array of @count elements which gets the outcome for each reference:
 *               0, or a negative GNTST_* value of Xen. It is set on success, and if errno is
 *               EREMOTEIO or ENOSPC; otherwise its contents are undefined
 * @param fd result: the dma-buf, close-on-exec. The caller owns it, and has to close it for the
 *           buffer to be released. -1 on failure
 * @return a handle which the caller frees with xengnttab_dmabuf_free(); NULL with errno set:
 *         EREMOTEIO the peer refused or ended a grant (@status says which)
 *         EDQUOT a limit of the kernel's, or more than XENGNTTAB_DMABUF_MAX_PAGES
 *         EOPNOTSUPP an old kernel cannot do this, or @domid is this domain and that is PVH or HVM
 */
xengnttab_dmabuf *xengnttab_dmabuf_export(xengnttab_handle *xgt, uint32_t domid, uint32_t flags,
					  uint32_t count, const uint32_t *refs, int16_t *status,
					  int *fd);

/* References that follow each other: first, first + 1, ... */
struct xengnttab_dmabuf_run {
	uint32_t first;
	uint32_t count;
};

/* The most pages of one buffer, 16 GiB. The kernel's limits are usually lower. */
#define XENGNTTAB_DMABUF_MAX_PAGES		(1U << 22)

/**
 * The same as xengnttab_dmabuf_export(), with the references as runs.
 *
 * @param nr_runs number of runs, at least 1
 * @param runs the runs, in the order of the buffer's pages. The library makes an array of all
 *             references for the time of the call
 * @param status as above: one element for each reference, not for each run
 * @return as above. Also EINVAL: a run is empty, or goes beyond the reference 0xffffffff
 */
xengnttab_dmabuf *xengnttab_dmabuf_export_runs(xengnttab_handle *xgt, uint32_t domid,
					       uint32_t flags, uint32_t nr_runs,
					       const struct xengnttab_dmabuf_run *runs,
					       int16_t *status, int *fd);

/* The peer gets access for reading only. */
#define XENGNTTAB_DMABUF_IMPORT_READONLY	(1U << 0)

/**
 * Grant a peer access to a dma-buf. Whole pages are shared: the peer can also access the other
 * bytes of the first and of the last one. The references are in xengnttab_dmabuf_refs().
 *
 * The import holds the dma-buf; the caller can close @fd. The import ends when it is revoked with
 * xengnttab_dmabuf_revoke() or when the gntdev file is closed. Freeing the handle does not end it.
 *
 * @param domid the peer
 * @param fd the dma-buf. It remains the caller's
 * @param flags 0 or XENGNTTAB_DMABUF_IMPORT_READONLY
 * @param offset the first byte to share
 * @param length how many bytes to share; 0: from @offset to the end
 * @return a handle which the caller frees with xengnttab_dmabuf_free(); NULL with errno set:
 *         EBADF, EINVAL @fd is not a dma-buf, or @offset or @length are beyond its end
 *         EINTR a signal was caught
 *         EOPNOTSUPP the memory cannot be shared, or not by an old kernel
 */
xengnttab_dmabuf *xengnttab_dmabuf_import(xengnttab_handle *xgt, uint32_t domid, int fd,
					  uint32_t flags, uint64_t offset, uint64_t length);

/**
 * The references of an import, in the order of the buffer's pages; there are
 * xengnttab_dmabuf_count() of them. The array belongs to the handle: it stays until the handle is
 * freed, and is unchanged when the import ends (the references are then invalid).
 *
 * @return the references, or NULL with errno EINVAL if this is an export
 */
const uint32_t *xengnttab_dmabuf_refs(const xengnttab_dmabuf *buffer);

/* The number of pages, which is the number of references. Cannot fail. */
uint32_t xengnttab_dmabuf_count(const xengnttab_dmabuf *buffer);

/* Where in the first page the first byte of an import is; 0 for exports. Cannot fail. */
uint32_t xengnttab_dmabuf_first_offset(const xengnttab_dmabuf *buffer);

/* The peer. Cannot fail. */
uint32_t xengnttab_dmabuf_domid(const xengnttab_dmabuf *buffer);

/*
 * The kernel's id of the buffer, which is unique on the xengnttab_handle's gntdev file and appears
 * in the kernel's traces and in fdinfo. 0 if an old ioctl made the buffer. Cannot fail.
 */
uint64_t xengnttab_dmabuf_id(const xengnttab_dmabuf *buffer);

/**
 * Begin to end a buffer that may be in use. This does not wait for the end: xengnttab_dmabuf_wait()
 * and xengnttab_dmabuf_eventfd() tell when it is released. To revoke again is no error.
 *
 * An export: processes that have it mapped get SIGBUS, it cannot be mapped for devices any more,
 * and drivers are told to unmap it, if they can be told.
 *
 * An import: its references are ended, each one as soon as the peer does not map it.
 *
 * @return 0, or -1 with errno set:
 *         EINTR a signal was caught while a driver had the export locked; call again
 *         EOPNOTSUPP the buffer is an export by an old ioctl
 */
int xengnttab_dmabuf_revoke(xengnttab_dmabuf *buffer);

/**
 * Wait until a buffer is released. An export is released when the last grant is unmapped; the
 * caller has to close its own descriptors and mappings of it before. An import is released when
 * the last reference is ended, and then the peer has no access. Any number of threads can wait
 * for the same buffer.
 *
 * @param timeout_ms time limit; 0: only look; -1 (and any other negative number): no limit
 * @return 0 if it is released, or -1 with errno set:
 *         ETIMEDOUT it is not released yet
 *         EINTR a signal was caught (not with an export by an old ioctl)
 *         EOPNOTSUPP the buffer is an import by an old ioctl
 */
int xengnttab_dmabuf_wait(xengnttab_dmabuf *buffer, int timeout_ms);

/**
 * A descriptor for poll(2): it becomes readable (POLLIN) when the buffer is released, and stays
 * so. It can be used again and again, and by several threads; do not read from it.
 *
 * @return an eventfd. It belongs to the handle, which closes it when it is freed. Each call
 *         returns the same one. -1 with errno set:
 *         EDQUOT the buffer has too many eventfds
 *         EOPNOTSUPP an old ioctl made the buffer
 */
int xengnttab_dmabuf_eventfd(xengnttab_dmabuf *buffer);

/* The values of xengnttab_dmabuf_info.kind. NONE: it is released, nothing else is known. */
enum xengnttab_dmabuf_kind {
	XENGNTTAB_DMABUF_KIND_NONE = 0,
	XENGNTTAB_DMABUF_KIND_EXPORT = 1,
	XENGNTTAB_DMABUF_KIND_IMPORT = 2,
};

/*
 * The values of xengnttab_dmabuf_info.state. UNKNOWN is a state that a later kernel has added.
 * LIVE: in use. REVOKING: an export that is revoked and still used by a driver. UNMAPPING: its
 * grants are being unmapped. ENDING: an import whose references are being ended. RELEASED: over.
 */
enum xengnttab_dmabuf_state {
	XENGNTTAB_DMABUF_STATE_UNKNOWN = 0,
	XENGNTTAB_DMABUF_STATE_LIVE = 1,
	XENGNTTAB_DMABUF_STATE_REVOKING = 2,
	XENGNTTAB_DMABUF_STATE_UNMAPPING = 3,
	XENGNTTAB_DMABUF_STATE_RELEASED = 4,
	XENGNTTAB_DMABUF_STATE_ENDING = 5,
};

/*
 * Bits of xengnttab_dmabuf_info.properties: the frames of an export are one run; this domain was
 * saved and restored since the buffer was made, which has ended it if it was not released before.
 */
#define XENGNTTAB_DMABUF_CONTIGUOUS		(1U << 0)
#define XENGNTTAB_DMABUF_LOST			(1U << 1)

/*
 * What is known about a buffer. Later versions of the library may add members at the end.
 *
 * size           in: sizeof(struct xengnttab_dmabuf_info), as the caller knows it
 * kind, state    enum xengnttab_dmabuf_kind, enum xengnttab_dmabuf_state
 * flags          the flags that it was made with
 * domid          the peer
 * count          number of pages
 * properties     XENGNTTAB_DMABUF_CONTIGUOUS, XENGNTTAB_DMABUF_LOST
 * attachments    of an export: devices that are attached at the moment
 * user_mappings  of an export: mappings by processes at the moment
 * mapped         of an import: references that the peer maps at the moment
 *
 * If the buffer is released all but state and XENGNTTAB_DMABUF_LOST are 0.
 */
struct xengnttab_dmabuf_info {
	uint32_t size;
	uint32_t kind;
	uint32_t state;
	uint32_t flags;
	uint32_t domid;
	uint32_t count;
	uint32_t properties;
	uint32_t attachments;
	uint32_t user_mappings;
	uint32_t mapped;
};

/**
 * Ask what is known about a buffer.
 *
 * @param info the caller sets info->size, the library the rest. Members that the library does not
 *             know are set to 0
 * @return 0, or -1 with errno set:
 *         EINVAL info->size is too small
 *         EOPNOTSUPP an old ioctl made the buffer
 */
int xengnttab_dmabuf_query(xengnttab_dmabuf *buffer, struct xengnttab_dmabuf_info *info);

/* Take one more reference on a handle. Returns @buffer. Cannot fail. */
xengnttab_dmabuf *xengnttab_dmabuf_ref(xengnttab_dmabuf *buffer);

/**
 * Drop a reference on a handle, and free it with the last one: its eventfd is closed and its id is
 * forgotten. @buffer can be NULL. errno is preserved.
 *
 * This ends nothing. An export lives on until its last user is gone, and an import until the
 * gntdev file is closed, but nothing can wait for them or revoke them any more. So revoke an
 * import, and wait for it if its memory matters, before its handle is freed.
 */
void xengnttab_dmabuf_free(xengnttab_dmabuf *buffer);

#ifdef __cplusplus
}
#endif

#endif /* XENGNTTAB_DMABUF_H */
