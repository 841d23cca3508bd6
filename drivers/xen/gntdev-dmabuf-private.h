/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sharing of dma-bufs between Xen domains: types, and who owns what.
 */

#ifndef _GNTDEV_DMABUF_PRIVATE_H
#define _GNTDEV_DMABUF_PRIVATE_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include <xen/grant_table.h>
#include <xen/gntdev_dmabuf.h>

struct dma_buf;
struct dma_buf_ops;
struct vm_area_struct;

/**
 * DOC: Ownership
 *
 * An open gntdev file owns one reference on its context, &struct
 * gntdev_dmabuf_ctx, and every buffer owns another one. Nothing in here holds the
 * file itself, so that a dma-buf which ends up being referenced by the file that
 * it was made on is no cycle.
 *
 * A buffer is a &struct gntdev_dmabuf_obj, embedded in what it is in particular,
 * for now always a &struct gntdev_dmabuf_export_obj. The context's table owns one
 * reference on it, until the buffer is released; whoever looks it up gets one more.
 *
 * An export owns its grants, &struct gntdev_dmabuf_grants: the frames and what
 * is mapped there. From dma_buf_export() on the dma-buf owns the export, and its
 * last user's dma_buf_put() is what ends it. VMAs, attachments and DMA mappings
 * hold the dma-buf, so that none of them is left when the grants are unmapped.
 */

/**
 * DOC: Locking
 *
 * From the outermost to the innermost::
 *
 *   mmap_lock
 *     dma_resv of the dma-buf
 *       locks of the page allocators
 *         gntdev_dmabuf_ctx::objs.xa_lock, gntdev_dmabuf_obj::waiters.lock
 *
 * The last two are leaves. Nothing that sleeps is done under them: no copying from
 * or to user space, no hypercall, no waiting for memory, and no putting of a reference
 * that may be the last one.
 *
 * dma_resv guards the list of an export's DMA mappings. Whoever gives out access to
 * an export, in a fault or for a device, holds it from the check of the state until
 * that is done. The state of an export that nobody can reach any more is written
 * without it.
 */

/**
 * struct gntdev_dmabuf_ctx - what belongs to one open gntdev file
 * @kref: one reference for the file, one for each buffer
 * @objs: the buffers that are not released yet, by id. Guards @last_id and
 *        gntdev_dmabuf_obj::published, too
 * @last_id: the last id that has been issued
 */
struct gntdev_dmabuf_ctx {
	struct kref kref;
	struct xarray objs;
	u64 last_id;
};

struct gntdev_dmabuf_obj;

/**
 * struct gntdev_dmabuf_obj_ops - what differs between kinds of buffers
 * @query: fill in the answer to QUERY, except for the state. Called while the
 *         buffer may be on its way out, or be released already
 * @free: free the memory of a released buffer
 */
struct gntdev_dmabuf_obj_ops {
	void (*query)(struct gntdev_dmabuf_obj *obj,
		      struct gntdev_dmabuf_query *query);
	void (*free)(struct gntdev_dmabuf_obj *obj);
};

/**
 * struct gntdev_dmabuf_obj - a shared buffer, of any kind
 * @kref: one reference for the table, one for each lookup
 * @ctx: the context that the buffer was made in, with a reference
 * @ops: the kind of buffer
 * @id: its name, unique in @ctx for ever
 * @published: user space may know @id. Until then nobody finds the buffer
 * @state: &enum gntdev_dmabuf_state. Written by the buffer's owner, read by anyone
 *         with smp_load_acquire(): who sees it released sees the grants gone, too
 * @waiters: for @state to become released
 */
struct gntdev_dmabuf_obj {
	struct kref kref;
	struct gntdev_dmabuf_ctx *ctx;
	const struct gntdev_dmabuf_obj_ops *ops;
	u64 id;
	bool published;
	u32 state;
	wait_queue_head_t waiters;
};

/* How many grants one hypercall maps. Bounds the memory that EXPORT uses up. */
#define GNTDEV_DMABUF_BATCH	64

/**
 * struct gntdev_dmabuf_batch - scratch memory to map some grants
 * @refs: in: the references
 * @status: out: GNTST_* for each of them
 * @ops: the hypercall's
 */
struct gntdev_dmabuf_batch {
	grant_ref_t refs[GNTDEV_DMABUF_BATCH];
	s16 status[GNTDEV_DMABUF_BATCH];
	struct gnttab_map_grant_ref ops[GNTDEV_DMABUF_BATCH];
};

/**
 * struct gntdev_dmabuf_grants - grants of a peer, mapped onto frames of our own
 * @domid: the peer
 * @readonly: map for reading only
 * @is_run: the frames are contiguous, see gnttab_alloc_contiguous_pages()
 * @count: number of grants, and of frames
 * @pages: the frames. One that could not be unmapped is not ours to give back any
 *         more: it has become NULL here
 * @handles: Xen's names of the mappings, INVALID_GRANT_HANDLE where there is none
 * @retries_left: how often mapping may still wait for the peer's pages to be
 *                brought in, over all of the grants
 */
struct gntdev_dmabuf_grants {
	domid_t domid;
	bool readonly;
	bool is_run;
	unsigned int count;
	struct page **pages;
	grant_handle_t *handles;
	unsigned int retries_left;
};

/**
 * struct gntdev_dmabuf_export_obj - a dma-buf made of a peer's grants
 * @obj: what every buffer has
 * @dmabuf: the dma-buf, which owns this. Not a reference: valid only for those
 *          who hold the dma-buf themselves
 * @grants: what is in it
 * @flags: GNTDEV_DMABUF_FLAG_*
 * @data_offset: kept for user space
 * @data_length: kept for user space
 * @mappings: of devices, &struct gntdev_dmabuf_mapping, guarded by dma_resv
 * @nr_attachments: statistics
 * @nr_vmas: statistics
 */
struct gntdev_dmabuf_export_obj {
	struct gntdev_dmabuf_obj obj;
	struct dma_buf *dmabuf;
	struct gntdev_dmabuf_grants grants;
	u32 flags;
	u64 data_offset;
	u64 data_length;
	struct list_head mappings;
	atomic_t nr_attachments;
	atomic_t nr_vmas;
};

/* gntdev-dmabuf-core.c */
struct gntdev_dmabuf_ctx *gntdev_dmabuf_ctx_create(void);
void gntdev_dmabuf_ctx_put(struct gntdev_dmabuf_ctx *ctx);
int gntdev_dmabuf_obj_init(struct gntdev_dmabuf_obj *obj,
			   struct gntdev_dmabuf_ctx *ctx,
			   const struct gntdev_dmabuf_obj_ops *ops);
void gntdev_dmabuf_obj_publish(struct gntdev_dmabuf_obj *obj);
struct gntdev_dmabuf_obj *gntdev_dmabuf_obj_get(struct gntdev_dmabuf_ctx *ctx,
						u64 id);
void gntdev_dmabuf_obj_put(struct gntdev_dmabuf_obj *obj);
void gntdev_dmabuf_obj_end(struct gntdev_dmabuf_obj *obj, bool released);
u32 gntdev_dmabuf_obj_state(struct gntdev_dmabuf_obj *obj);
void gntdev_dmabuf_obj_set_state(struct gntdev_dmabuf_obj *obj, u32 state);
int gntdev_dmabuf_query(struct gntdev_dmabuf_ctx *ctx,
			struct gntdev_dmabuf_query *query);

/* gntdev-dmabuf-map.c */
int gntdev_dmabuf_grants_init(struct gntdev_dmabuf_grants *grants,
			      unsigned int count, domid_t domid, bool readonly,
			      bool only_contiguous);
int gntdev_dmabuf_grants_map(struct gntdev_dmabuf_grants *grants,
			     unsigned int first, unsigned int nr,
			     struct gntdev_dmabuf_batch *batch);
bool gntdev_dmabuf_grants_destroy(struct gntdev_dmabuf_grants *grants);
unsigned int gntdev_dmabuf_grants_run(struct gntdev_dmabuf_grants *grants,
				      unsigned int first, unsigned int max);

/* gntdev-dmabuf-export.c */
extern const struct dma_buf_ops gntdev_dmabuf_export_ops;
struct gntdev_dmabuf_export_obj *
gntdev_dmabuf_export_create(struct gntdev_dmabuf_ctx *ctx,
			    const struct gntdev_dmabuf_export *args);
void gntdev_dmabuf_export_destroy(struct gntdev_dmabuf_export_obj *export);
struct dma_buf *
gntdev_dmabuf_export_wrap(struct gntdev_dmabuf_export_obj *export);

/* gntdev-dmabuf-mmap.c */
int gntdev_dmabuf_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma);

/* gntdev-dmabuf-wait.c */
int gntdev_dmabuf_wait(struct gntdev_dmabuf_ctx *ctx, u64 id, u64 deadline);

/* gntdev-dmabuf-ioctl.c */
long gntdev_dmabuf_ioctl(struct gntdev_dmabuf_ctx *ctx, unsigned int cmd,
			 void __user *arg);

#endif /* _GNTDEV_DMABUF_PRIVATE_H */
