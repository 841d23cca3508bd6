/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sharing of dma-bufs between Xen domains: types, and who owns what.
 */

#ifndef _GNTDEV_DMABUF_PRIVATE_H
#define _GNTDEV_DMABUF_PRIVATE_H

#include <linux/atomic.h>
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/kref.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <xen/grant_table.h>
#include <xen/gntdev_dmabuf.h>

struct attribute_group;
struct dma_buf;
struct dma_buf_ops;
struct inode;
struct iosys_map;
struct seq_file;
struct vm_area_struct;
struct vm_fault;

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
 * is mapped there. From dma_buf_export() on the dma-buf holds a reference on the
 * export, and its last user's dma_buf_put() ends it, unless it has been revoked
 * before. VMAs, attachments, DMA and kernel mappings hold the dma-buf, so that none of
 * them is left when the grants are unmapped for that reason. Revoking takes away user
 * mappings, and has the grants unmapped when the others are gone.
 *
 * Whoever takes the state to UNMAPPING unmaps the grants: the release of the dma-buf if
 * that is LIVE, or the work that a revocation has queued, see gntdev-dmabuf-revoke.c. That
 * work holds a reference on the export and one on the module, and none on the dma-buf.
 */

/**
 * DOC: Locking
 *
 * From the outermost to the innermost::
 *
 *   mmap_lock, the lock of the list of exports, see gntdev-dmabuf-resume.c
 *     gntdev_dmabuf_export_obj::resv, the dma_resv of the dma-buf
 *       gntdev_dmabuf_user_map::lock (PV)
 *       locks of the page allocators, and of the quotas
 *         gntdev_dmabuf_ctx::objs.xa_lock, gntdev_dmabuf_obj::waiters.lock
 *
 * The last two are leaves. Nothing that sleeps is done under them: no copying from
 * or to user space, no hypercall, no waiting for memory, and no putting of a reference
 * that may be the last one. gntdev_dmabuf_user_map::lock is taken by an MMU notifier:
 * hypercalls are all that is done under it.
 *
 * dma_resv guards the state of an export that has a dma-buf, and its mappings by
 * devices and by the kernel. Whoever gives out access to an export, in a fault or for a
 * device, holds it from the check of the state until that is done. It is a part of
 * the export, not of the dma-buf, so that who holds the export can take it.
 */

/**
 * struct gntdev_dmabuf_ctx - what belongs to one open gntdev file
 * @kref: one reference for the file, one for each buffer
 * @objs: the buffers that are not released yet, by id. Guards @last_id and
 *        gntdev_dmabuf_obj::published, too
 * @last_id: the last id that has been issued
 * @exported_pages: in all exports, see gntdev-dmabuf-quota.c
 */
struct gntdev_dmabuf_ctx {
	struct kref kref;
	struct xarray objs;
	u64 last_id;
	unsigned long exported_pages;
};

struct gntdev_dmabuf_obj;

/**
 * struct gntdev_dmabuf_obj_ops - what differs between kinds of buffers
 * @query: fill in the answer to QUERY, except for the state. Called while the
 *         buffer may be on its way out, or be released already, and under
 *         gntdev_dmabuf_ctx::objs.xa_lock
 * @revoke: begin to end the buffer, if that has not begun yet
 * @closed: the file of the buffer's context has been closed
 * @free: free the memory of a released buffer
 */
struct gntdev_dmabuf_obj_ops {
	void (*query)(struct gntdev_dmabuf_obj *obj,
		      struct gntdev_dmabuf_query *query);
	void (*revoke)(struct gntdev_dmabuf_obj *obj);
	void (*closed)(struct gntdev_dmabuf_obj *obj);
	void (*free)(struct gntdev_dmabuf_obj *obj);
};

/**
 * struct gntdev_dmabuf_obj - a shared buffer, of any kind
 * @kref: one reference for the table, one for each lookup, one for the dma-buf of an
 *        export, one for each work of its revocation that is queued, one for the
 *        callback of the fences that a revocation waits for
 * @ctx: the context that the buffer was made in, with a reference
 * @ops: the kind of buffer
 * @domid: the peer
 * @id: its name, unique in @ctx for ever
 * @published: user space may know @id. Until then nobody finds the buffer
 * @old_fd: by which number the older ioctls know the buffer, -1: not at all
 * @state: &enum gntdev_dmabuf_state. Written by the buffer's owner, read by anyone
 *         with smp_load_acquire(): who sees it released sees the grants gone, too
 * @waiters: for @state to become released. Its lock guards @listeners
 * @listeners: eventfds to be signalled then, &struct gntdev_dmabuf_listener
 */
struct gntdev_dmabuf_obj {
	struct kref kref;
	struct gntdev_dmabuf_ctx *ctx;
	const struct gntdev_dmabuf_obj_ops *ops;
	domid_t domid;
	u64 id;
	bool published;
	int old_fd;
	u32 state;
	wait_queue_head_t waiters;
	struct list_head listeners;
};

/**
 * enum gntdev_dmabuf_frames - what frames to map grants into
 * @GNTDEV_DMABUF_FRAMES_ANY: a run if it costs nothing
 * @GNTDEV_DMABUF_FRAMES_RATHER_RUN: a run if there is one, else scattered frames
 * @GNTDEV_DMABUF_FRAMES_RUN: a run or nothing
 */
enum gntdev_dmabuf_frames {
	GNTDEV_DMABUF_FRAMES_ANY,
	GNTDEV_DMABUF_FRAMES_RATHER_RUN,
	GNTDEV_DMABUF_FRAMES_RUN,
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
 * @refs: the references, kept only where user space has them mapped once more, in PV
 *        domains; else NULL
 * @retry_until: how long mapping may still wait for the peer's pages to be brought in,
 *               over all of the grants; 0 before it has had to
 * @lifetime: gntdev_dmabuf_lifetime() when they were mapped. They are lost when it is
 *            another one
 */
struct gntdev_dmabuf_grants {
	domid_t domid;
	bool readonly;
	bool is_run;
	unsigned int count;
	struct page **pages;
	grant_handle_t *handles;
	grant_ref_t *refs;
	ktime_t retry_until;
	unsigned int lifetime;
};

/* Are the frames contiguous, by whatever way they came? */
static inline bool
gntdev_dmabuf_grants_contiguous(const struct gntdev_dmabuf_grants *grants)
{
	return grants->is_run || grants->count == 1;
}

/**
 * struct gntdev_dmabuf_export_obj - a dma-buf made of a peer's grants
 * @obj: what every buffer has
 * @resv: of the dma-buf
 * @dmabuf: the dma-buf, NULL before there is one and when it is being released, guarded
 *          by @resv. Not a reference
 * @inode: of the dma-buf's file, which user mappings are found by. A reference: the file may
 *         be gone before the dma-buf is, that goes with the directory entry
 * @grants: what is in it
 * @flags: GNTDEV_DMABUF_EXPORT_*
 * @mappings: of devices, &struct gntdev_dmabuf_mapping, guarded by @resv
 * @vmapped: there is a kernel mapping of the grants, guarded by @resv
 * @zero_page: what that shows if it was made after the export was revoked, else NULL
 * @revoke_work: revokes the users' access, and unmaps the grants when nothing uses them
 * @taken_away: the work has told everybody; nobody else looks at it
 * @fence: signalled when all accesses that were pending at the revocation have ended, NULL if
 *         there were none. Set under @resv before @taken_away, kept until the export is freed
 * @fence_cb: queues @fence_work when @fence is signalled
 * @fence_work: unmaps the grants of a revoked export when nothing uses them. Queued once, it
 *              takes over the references of the callback
 * @lost_user_maps: pages of the peer that Xen would not take out of a user mapping (PV)
 * @node: in the list of exports that have got a dma-buf and have not ended
 * @nr_attachments: statistics
 * @nr_vmas: statistics
 */
struct gntdev_dmabuf_export_obj {
	struct gntdev_dmabuf_obj obj;
	struct dma_resv resv;
	struct dma_buf *dmabuf;
	struct inode *inode;
	struct gntdev_dmabuf_grants grants;
	u32 flags;
	struct list_head mappings;
	bool vmapped;
	struct page *zero_page;
	struct work_struct revoke_work;
	bool taken_away;
	struct dma_fence *fence;
	struct dma_fence_cb fence_cb;
	struct work_struct fence_work;
	atomic_t lost_user_maps;
	struct list_head node;
	atomic_t nr_attachments;
	atomic_t nr_vmas;
};

static inline struct gntdev_dmabuf_export_obj *
to_gntdev_dmabuf_export(struct gntdev_dmabuf_obj *obj)
{
	return container_of(obj, struct gntdev_dmabuf_export_obj, obj);
}

/* gntdev-dmabuf-core.c */
struct gntdev_dmabuf_ctx *gntdev_dmabuf_ctx_create(void);
void gntdev_dmabuf_ctx_close(struct gntdev_dmabuf_ctx *ctx);
void gntdev_dmabuf_ctx_put(struct gntdev_dmabuf_ctx *ctx);
void gntdev_dmabuf_ctx_show(struct gntdev_dmabuf_ctx *ctx, struct seq_file *m);
int gntdev_dmabuf_obj_init(struct gntdev_dmabuf_obj *obj,
			   struct gntdev_dmabuf_ctx *ctx,
			   const struct gntdev_dmabuf_obj_ops *ops);
void gntdev_dmabuf_obj_publish(struct gntdev_dmabuf_obj *obj);
struct gntdev_dmabuf_obj *gntdev_dmabuf_obj_get(struct gntdev_dmabuf_ctx *ctx,
						u64 id);
struct gntdev_dmabuf_obj *
gntdev_dmabuf_obj_get_by_old_fd(struct gntdev_dmabuf_ctx *ctx, int fd);
void gntdev_dmabuf_obj_put(struct gntdev_dmabuf_obj *obj);
void gntdev_dmabuf_obj_end(struct gntdev_dmabuf_obj *obj, bool released);
u32 gntdev_dmabuf_obj_state(struct gntdev_dmabuf_obj *obj);
void gntdev_dmabuf_obj_set_state(struct gntdev_dmabuf_obj *obj, u32 state);
int gntdev_dmabuf_query(struct gntdev_dmabuf_ctx *ctx,
			struct gntdev_dmabuf_query *query);
int gntdev_dmabuf_revoke(struct gntdev_dmabuf_ctx *ctx, u64 id);

/* gntdev-dmabuf-map.c */
int gntdev_dmabuf_grants_init(struct gntdev_dmabuf_grants *grants,
			      unsigned int count, domid_t domid, bool readonly,
			      enum gntdev_dmabuf_frames frames);
int gntdev_dmabuf_grants_map(struct gntdev_dmabuf_grants *grants,
			     unsigned int first, unsigned int nr,
			     struct gntdev_dmabuf_batch *batch);
unsigned int gntdev_dmabuf_grants_destroy(struct gntdev_dmabuf_grants *grants);
unsigned int gntdev_dmabuf_grants_run(struct gntdev_dmabuf_grants *grants,
				      unsigned int first, unsigned int max);

/* gntdev-dmabuf-export.c */
bool gntdev_dmabuf_is_export(struct dma_buf *dmabuf);
struct gntdev_dmabuf_export_obj *
gntdev_dmabuf_export_create(struct gntdev_dmabuf_ctx *ctx,
			    const struct gntdev_dmabuf_export *args,
			    enum gntdev_dmabuf_frames frames);
struct dma_buf *
gntdev_dmabuf_export_wrap(struct gntdev_dmabuf_export_obj *export);

/* gntdev-dmabuf-revoke.c */
int gntdev_dmabuf_revoke_init(void);
void gntdev_dmabuf_revoke_exit(void);
void gntdev_dmabuf_export_init_revoke(struct gntdev_dmabuf_export_obj *export);
void gntdev_dmabuf_export_revoke(struct gntdev_dmabuf_obj *obj);
void gntdev_dmabuf_export_unused(struct gntdev_dmabuf_export_obj *export);
void gntdev_dmabuf_export_destroy(struct gntdev_dmabuf_export_obj *export);
void gntdev_dmabuf_export_release(struct dma_buf *dmabuf);

/* gntdev-dmabuf-resume.c */
void gntdev_dmabuf_resume_init(void);
void gntdev_dmabuf_resume_exit(void);
unsigned int gntdev_dmabuf_lifetime(void);
void gntdev_dmabuf_export_list(struct gntdev_dmabuf_export_obj *export);
void gntdev_dmabuf_export_unlist(struct gntdev_dmabuf_export_obj *export);

static inline bool
gntdev_dmabuf_grants_lost(const struct gntdev_dmabuf_grants *grants)
{
	return grants->lifetime != gntdev_dmabuf_lifetime();
}

/* May access to it be given to anybody? Under dma_resv, if it is. */
static inline bool
gntdev_dmabuf_export_live(struct gntdev_dmabuf_export_obj *export)
{
	return gntdev_dmabuf_obj_state(&export->obj) ==
			GNTDEV_DMABUF_STATE_LIVE &&
	       !gntdev_dmabuf_grants_lost(&export->grants);
}

/* gntdev-dmabuf-vmap.c */
int gntdev_dmabuf_vmap(struct dma_buf *dmabuf, struct iosys_map *map);
void gntdev_dmabuf_vunmap(struct dma_buf *dmabuf, struct iosys_map *map);

/* gntdev-dmabuf-mmap.c */
vm_fault_t gntdev_dmabuf_fault_lock(struct gntdev_dmabuf_export_obj *export,
				    struct vm_fault *vmf);
int gntdev_dmabuf_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma);

/* gntdev-dmabuf-mmap-pv.c */
#ifdef CONFIG_XEN_PV
int gntdev_dmabuf_mmap_pv(struct gntdev_dmabuf_export_obj *export,
			  struct vm_area_struct *vma);
#else
static inline int gntdev_dmabuf_mmap_pv(struct gntdev_dmabuf_export_obj *export,
					struct vm_area_struct *vma)
{
	return -EOPNOTSUPP;
}
#endif

/* gntdev-dmabuf-quota.c */
extern const struct attribute_group *gntdev_dmabuf_groups[];
int gntdev_dmabuf_charge_export(struct gntdev_dmabuf_ctx *ctx, domid_t domid,
				unsigned int pages);
void gntdev_dmabuf_uncharge_export(struct gntdev_dmabuf_ctx *ctx, domid_t domid,
				   unsigned int pages);
int gntdev_dmabuf_charge_mmap(unsigned int pages);
void gntdev_dmabuf_uncharge_mmap(unsigned int pages);
void gntdev_dmabuf_count_lost(domid_t domid, s16 status);

/* gntdev-dmabuf-wait.c */
int gntdev_dmabuf_wait(struct gntdev_dmabuf_ctx *ctx, u64 id, u64 deadline);
int gntdev_dmabuf_wait_killable(struct gntdev_dmabuf_obj *obj, unsigned int ms);
int gntdev_dmabuf_notify(struct gntdev_dmabuf_ctx *ctx, u64 id, int fd);
int gntdev_dmabuf_unnotify(struct gntdev_dmabuf_ctx *ctx, u64 id, int fd);
void gntdev_dmabuf_forget_listeners(struct gntdev_dmabuf_obj *obj);
void gntdev_dmabuf_wake(struct gntdev_dmabuf_obj *obj);

/* gntdev-dmabuf-ioctl.c */
long gntdev_dmabuf_ioctl(struct gntdev_dmabuf_ctx *ctx, unsigned int cmd,
			 void __user *arg);
struct dma_buf *
gntdev_dmabuf_export_refs(struct gntdev_dmabuf_ctx *ctx,
			  struct gntdev_dmabuf_export *args,
			  enum gntdev_dmabuf_frames frames);

#endif /* _GNTDEV_DMABUF_PRIVATE_H */
