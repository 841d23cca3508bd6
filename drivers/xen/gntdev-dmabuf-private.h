/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sharing of dma-bufs between Xen domains: types, ownership and locks.
 */

#ifndef _GNTDEV_DMABUF_PRIVATE_H
#define _GNTDEV_DMABUF_PRIVATE_H

#include <linux/atomic.h>
#include <linux/dma-direction.h>
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/kref.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <xen/grant_table.h>
#include <xen/gntdev_dmabuf.h>

struct attribute_group;
struct dma_buf;
struct dma_buf_attachment;
struct dma_buf_ops;
struct inode;
struct ioctl_gntdev_dmabuf_exp_from_refs;
struct ioctl_gntdev_dmabuf_exp_wait_released;
struct ioctl_gntdev_dmabuf_imp_release;
struct ioctl_gntdev_dmabuf_imp_to_refs;
struct iosys_map;
struct scatterlist;
struct seq_file;
struct sg_table;
struct vm_area_struct;
struct vm_fault;

/**
 * DOC: Ownership
 *
 * An open gntdev file owns one reference on its context, &struct
 * gntdev_dmabuf_ctx, and every buffer owns another one. No object here holds the
 * file itself, so a file that ends up holding a dma-buf that was made on it is no cycle.
 *
 * A buffer is a &struct gntdev_dmabuf_obj. It is embedded in a structure for its kind,
 * &struct gntdev_dmabuf_export_obj or &struct gntdev_dmabuf_import_obj. The context's table
 * owns one reference on the buffer until that is released. Each lookup returns another one.
 *
 * An export owns its grants, &struct gntdev_dmabuf_grants: the frames and the grants mapped
 * there. From dma_buf_export() on, the dma-buf owns a reference on the export. The last
 * dma_buf_put() ends the export, unless it has been revoked before. VMAs, attachments, DMA
 * mappings and kernel mappings hold the dma-buf, so all of them are gone by then. A revocation
 * unmaps the export from processes, and unmaps the grants when the other mappings are gone.
 *
 * The context that sets UNMAPPING unmaps the grants: the release of the dma-buf if the state
 * is LIVE, or a work of the revocation, see gntdev-dmabuf-revoke.c. The work owns a reference
 * on the export and one on the module, and none on the dma-buf.
 *
 * An import owns its grant references, &struct gntdev_dmabuf_refs, and the dma-buf with its
 * attachment and mapping, &struct gntdev_dmabuf_source. It owns the dma-buf until the last
 * reference is ended, which the peer prevents while it has the page mapped. The context that
 * sets ENDING ends the references. It is a work, which owns a reference on the import and one
 * on the module until the import is released; or, if IMPORT fails, IMPORT itself.
 */

/**
 * DOC: Locking
 *
 * From the outermost to the innermost::
 *
 *   mmap_lock, the lock of the list of buffers, see gntdev-dmabuf-resume.c
 *     gntdev_dmabuf_export_obj::resv, the dma_resv of the dma-buf; that of an import's
 *       gntdev_dmabuf_user_map::lock (PV), gntdev_dmabuf_refs::lock
 *       locks of the page allocators, and of the quotas
 *         gntdev_dmabuf_ctx::objs.xa_lock, gntdev_dmabuf_obj::waiters.lock
 *
 * The last two are leaves. Code that holds one does not sleep: it does not copy from or to
 * user space, make hypercalls, allocate memory that it would have to wait for, or put a
 * reference that may be the last one. An MMU notifier takes gntdev_dmabuf_user_map::lock:
 * only hypercalls are made under it.
 *
 * dma_resv guards the state of an export that has a dma-buf, and its mappings by
 * devices and by the kernel. Code that gives access to an export, in a fault or for a
 * device, holds it from the check of the state until access has been given. It is a part of
 * the export, not of the dma-buf: a holder of the export can lock it at any time.
 *
 * The exporter of an import's dma-buf may call the import with dma_resv locked. So nothing but
 * an atomic change of the state is done there, and a work is queued.
 */

/**
 * struct gntdev_dmabuf_ctx - the buffers of one open gntdev file
 * @kref: one reference for the file, one for each buffer
 * @objs: the buffers that are not released yet, by id. Its lock guards @last_id and
 *        gntdev_dmabuf_obj::published as well
 * @last_id: the last id that has been issued
 * @lost_id: what @last_id was when the domain was restored last, 0 if it never was
 * @lifetime: gntdev_dmabuf_lifetime() when @lost_id was set. Guarded by the lock of @objs
 */
struct gntdev_dmabuf_ctx {
	struct kref kref;
	struct xarray objs;
	u64 last_id;
	u64 lost_id;
	unsigned int lifetime;
};

struct gntdev_dmabuf_obj;

/**
 * struct gntdev_dmabuf_obj_ops - a kind of buffer, and its operations
 * @kind: GNTDEV_DMABUF_KIND_*
 * @query: fill in the answer to QUERY, except for kind and state. The buffer may be ending, or be
 *         released. May be called under gntdev_dmabuf_ctx::objs.xa_lock, so it must not sleep
 * @mapped: how many references the peer has mapped now. May sleep. NULL: not known
 * @revoke: begin to end the buffer, if that has not begun yet. 0, or -ERESTARTSYS
 * @closed: the file of the buffer's context has been closed
 * @lost: the domain was restored. Does not wait for users of the buffer
 * @free: free the memory of a released buffer
 */
struct gntdev_dmabuf_obj_ops {
	u32 kind;
	void (*query)(struct gntdev_dmabuf_obj *obj,
		      struct gntdev_dmabuf_query *query);
	unsigned int (*mapped)(struct gntdev_dmabuf_obj *obj);
	int (*revoke)(struct gntdev_dmabuf_obj *obj);
	void (*closed)(struct gntdev_dmabuf_obj *obj);
	void (*lost)(struct gntdev_dmabuf_obj *obj);
	void (*free)(struct gntdev_dmabuf_obj *obj);
};

/**
 * struct gntdev_dmabuf_obj - a shared buffer, of any kind
 * @kref: one reference for the table, one for each lookup, one for the dma-buf of an
 *        export, one for each work of its revocation that is queued, one for the
 *        callback of the fences that a revocation waits for; one for IMPORT while it makes
 *        an import, one for the work that ends it
 * @ctx: the context that the buffer was made in, with a reference
 * @ops: the kind of buffer
 * @domid: the peer
 * @id: its name in @ctx, never used again
 * @published: user space may know @id. Before that, lookups do not find the buffer
 * @old_fd: the number that the older ioctls know the buffer by, -1: none
 * @state: &enum gntdev_dmabuf_state. Written by the buffer's owner, read with
 *         smp_load_acquire(): a reader that observes RELEASED also observes the unmapped
 *         grants
 * @waiters: for @state to become released. Its lock guards @listeners and @nr_listeners
 * @listeners: eventfds to be signalled then, &struct gntdev_dmabuf_listener
 * @nr_listeners: how many, guarded as they are
 * @node: in the list of buffers that a restore of the domain ends
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
	unsigned int nr_listeners;
	struct list_head node;
};

/**
 * enum gntdev_dmabuf_frames - what frames to map grants into
 * @GNTDEV_DMABUF_FRAMES_ANY: a run if one of unpopulated frames is to spare
 * @GNTDEV_DMABUF_FRAMES_RATHER_RUN: the same, and a run of RAM where the kernel has no
 *                                   unpopulated address space
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
 * @uid: the user that is charged for the pages
 * @flags: GNTDEV_DMABUF_EXPORT_*
 * @mappings: of devices, &struct gntdev_dmabuf_mapping, guarded by @resv
 * @vmapped: there is a kernel mapping of the grants, guarded by @resv
 * @zero_page: what that shows if it was made after the export was revoked, else NULL
 * @revoke_work: revokes the users' access, and unmaps the grants when nothing uses them
 * @taken_away: user mappings are unmapped and importers are told. Used by the work only
 * @fence: signalled when all accesses that were pending at the revocation have ended, NULL if
 *         there were none. Set under @resv before @taken_away, kept until the export is freed
 * @fence_cb: queues @fence_work when @fence is signalled
 * @fence_work: unmaps the grants of a revoked export when nothing uses them. Queued once, it
 *              takes over the references of the callback
 * @lost_user_maps: pages of the peer that Xen would not take out of a user mapping (PV)
 * @nr_attachments: statistics
 * @nr_vmas: statistics
 */
struct gntdev_dmabuf_export_obj {
	struct gntdev_dmabuf_obj obj;
	struct dma_resv resv;
	struct dma_buf *dmabuf;
	struct inode *inode;
	struct gntdev_dmabuf_grants grants;
	kuid_t uid;
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
	atomic_t nr_attachments;
	atomic_t nr_vmas;
};

static inline struct gntdev_dmabuf_export_obj *
to_gntdev_dmabuf_export(struct gntdev_dmabuf_obj *obj)
{
	return container_of(obj, struct gntdev_dmabuf_export_obj, obj);
}

/**
 * struct gntdev_dmabuf_range - pages of a dma-buf
 * @first: the first page
 * @count: how many pages
 */
struct gntdev_dmabuf_range {
	unsigned long first;
	unsigned int count;
};

/**
 * struct gntdev_dmabuf_source - the dma-buf behind an import
 * @dmabuf: the dma-buf, a reference
 * @attach: of a device of gntdev's, NULL before it is attached
 * @sgt: the mapping, NULL if it is not mapped. It is also pinned then. Guarded by the dma_resv
 *       of the dma-buf
 * @dir: of the mapping
 * @invalidated: called when the exporter invalidates @sgt, with dma_resv locked
 */
struct gntdev_dmabuf_source {
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	enum dma_data_direction dir;
	void (*invalidated)(struct gntdev_dmabuf_source *source);
};

/**
 * struct gntdev_dmabuf_source_pos - a position in a mapped dma-buf
 * @sg: the segment
 * @page: the page in it
 */
struct gntdev_dmabuf_source_pos {
	struct scatterlist *sg;
	unsigned long page;
};

/**
 * struct gntdev_dmabuf_refs - grant references for a peer
 * @lock: guards @left, @tried_all and what @refs holds, from the import's publication on
 * @domid: the peer
 * @readonly: it may only read
 * @tried_all: each reference was tried once, those that are left were in use then
 * @count: how many there are to be
 * @left: how many are allocated and not ended
 * @refs: the references, in the order of the pages until the first is ended
 * @lifetime: gntdev_dmabuf_lifetime() when they were allocated. When it is another one, they are
 *            of no more use to the peer
 */
struct gntdev_dmabuf_refs {
	struct mutex lock; /* guards left, tried_all and the contents of refs */
	domid_t domid;
	bool readonly;
	bool tried_all;
	unsigned int count;
	unsigned int left;
	grant_ref_t *refs;
	unsigned int lifetime;
};

/**
 * struct gntdev_dmabuf_import_obj - references made of a dma-buf
 * @obj: what every buffer has
 * @source: the dma-buf
 * @refs: the references
 * @range: the pages of the dma-buf that they are for
 * @uid: the user that is charged for the pages
 * @flags: GNTDEV_DMABUF_IMPORT_*
 * @ready: an invalidation ends the import. Guarded by the dma_resv of the dma-buf
 * @invalidated: the exporter has invalidated its mappings. Guarded likewise
 * @end_work: ends the references, and then releases the import
 * @delay_ms: until @end_work runs again. Used by the work only, as is @left
 * @left: how many references its last run has left
 */
struct gntdev_dmabuf_import_obj {
	struct gntdev_dmabuf_obj obj;
	struct gntdev_dmabuf_source source;
	struct gntdev_dmabuf_refs refs;
	struct gntdev_dmabuf_range range;
	kuid_t uid;
	u32 flags;
	bool ready;
	bool invalidated;
	struct delayed_work end_work;
	unsigned int delay_ms;
	unsigned int left;
};

static inline struct gntdev_dmabuf_import_obj *
to_gntdev_dmabuf_import(struct gntdev_dmabuf_obj *obj)
{
	return container_of(obj, struct gntdev_dmabuf_import_obj, obj);
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
struct gntdev_dmabuf_obj *
gntdev_dmabuf_obj_take_by_old_fd(struct gntdev_dmabuf_ctx *ctx, int fd);
void gntdev_dmabuf_obj_put(struct gntdev_dmabuf_obj *obj);
void gntdev_dmabuf_obj_end(struct gntdev_dmabuf_obj *obj, bool released);
u32 gntdev_dmabuf_obj_state(struct gntdev_dmabuf_obj *obj);
void gntdev_dmabuf_obj_set_state(struct gntdev_dmabuf_obj *obj, u32 state);
bool gntdev_dmabuf_obj_advance(struct gntdev_dmabuf_obj *obj, u32 from, u32 to);
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
bool gntdev_dmabuf_is_export(const struct dma_buf *dmabuf);
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
int gntdev_dmabuf_export_revoke(struct gntdev_dmabuf_obj *obj);
void gntdev_dmabuf_export_revoke_later(struct gntdev_dmabuf_obj *obj);
void gntdev_dmabuf_export_unused(struct gntdev_dmabuf_export_obj *export);
void gntdev_dmabuf_export_destroy(struct gntdev_dmabuf_export_obj *export);
void gntdev_dmabuf_export_release(struct dma_buf *dmabuf);

/* gntdev-dmabuf-resume.c */
void gntdev_dmabuf_resume_init(void);
void gntdev_dmabuf_resume_exit(void);
unsigned int gntdev_dmabuf_lifetime(void);
void gntdev_dmabuf_obj_list(struct gntdev_dmabuf_obj *obj);
void gntdev_dmabuf_obj_unlist(struct gntdev_dmabuf_obj *obj);

static inline bool
gntdev_dmabuf_grants_lost(const struct gntdev_dmabuf_grants *grants)
{
	return grants->lifetime != gntdev_dmabuf_lifetime();
}

static inline bool gntdev_dmabuf_refs_lost(const struct gntdev_dmabuf_refs *refs)
{
	return refs->lifetime != gntdev_dmabuf_lifetime();
}

/* May access be given? The caller holds dma_resv until it has given access. */
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
int gntdev_dmabuf_charge_export(kuid_t *uid, domid_t domid, unsigned int pages);
void gntdev_dmabuf_uncharge_export(kuid_t uid, domid_t domid, unsigned int pages);
int gntdev_dmabuf_charge_import(kuid_t *uid, domid_t domid, unsigned int pages);
void gntdev_dmabuf_uncharge_import(kuid_t uid, domid_t domid, unsigned int pages);
int gntdev_dmabuf_charge_mmap(kuid_t uid, unsigned int pages);
void gntdev_dmabuf_uncharge_mmap(kuid_t uid, unsigned int pages);
void gntdev_dmabuf_count_lost(domid_t domid, s16 status);
void gntdev_dmabuf_quota_init(void);
void gntdev_dmabuf_quota_exit(void);

/* gntdev-dmabuf-source.c */
int gntdev_dmabuf_source_init(void);
void gntdev_dmabuf_source_exit(void);
int gntdev_dmabuf_source_map(struct gntdev_dmabuf_source *source, bool readonly);
void gntdev_dmabuf_source_release(struct gntdev_dmabuf_source *source);
int gntdev_dmabuf_source_check(struct gntdev_dmabuf_source *source,
			       unsigned long first, unsigned long count);
void gntdev_dmabuf_source_seek(struct gntdev_dmabuf_source *source,
			       struct gntdev_dmabuf_source_pos *pos,
			       unsigned long first);
unsigned long gntdev_dmabuf_source_next(struct gntdev_dmabuf_source_pos *pos);

/* gntdev-dmabuf-refs.c */
void gntdev_dmabuf_refs_init(struct gntdev_dmabuf_refs *refs, domid_t domid,
			     bool readonly, unsigned int count);
int gntdev_dmabuf_refs_alloc(struct gntdev_dmabuf_refs *refs);
void gntdev_dmabuf_refs_destroy(struct gntdev_dmabuf_refs *refs);
int gntdev_dmabuf_refs_grant(struct gntdev_dmabuf_refs *refs,
			     struct gntdev_dmabuf_source_pos *pos);
unsigned int gntdev_dmabuf_refs_end(struct gntdev_dmabuf_refs *refs);
unsigned int gntdev_dmabuf_refs_mapped(struct gntdev_dmabuf_refs *refs);

/* gntdev-dmabuf-import.c */
int gntdev_dmabuf_import_init(void);
void gntdev_dmabuf_import_exit(void);
struct gntdev_dmabuf_import_obj *
gntdev_dmabuf_import_create(struct gntdev_dmabuf_ctx *ctx, struct dma_buf *dmabuf,
			    domid_t domid, u32 flags,
			    const struct gntdev_dmabuf_range *range);
int gntdev_dmabuf_import_grant(struct gntdev_dmabuf_import_obj *import);
void gntdev_dmabuf_import_destroy(struct gntdev_dmabuf_import_obj *import);
void gntdev_dmabuf_import_revoke_and_try(struct gntdev_dmabuf_obj *obj);

/* gntdev-dmabuf-wait.c */
int gntdev_dmabuf_wait(struct gntdev_dmabuf_ctx *ctx, u64 id, u64 deadline);
int gntdev_dmabuf_wait_killable(struct gntdev_dmabuf_obj *obj, unsigned int ms);
int gntdev_dmabuf_notify(struct gntdev_dmabuf_ctx *ctx, u64 id, int fd);
int gntdev_dmabuf_unnotify(struct gntdev_dmabuf_ctx *ctx, u64 id, int fd);
void gntdev_dmabuf_forget_listeners(struct gntdev_dmabuf_obj *obj);
void gntdev_dmabuf_wake(struct gntdev_dmabuf_obj *obj);

/* gntdev-dmabuf-ioctl.c */
int gntdev_dmabuf_module_init(void);
void gntdev_dmabuf_module_exit(void);
long gntdev_dmabuf_ioctl(struct gntdev_dmabuf_ctx *ctx, unsigned int cmd,
			 void __user *arg);
struct dma_buf *
gntdev_dmabuf_export_refs(struct gntdev_dmabuf_ctx *ctx,
			  struct gntdev_dmabuf_export *args,
			  enum gntdev_dmabuf_frames frames);

/* gntdev-dmabuf-compat.c */
long gntdev_dmabuf_compat_export(struct gntdev_dmabuf_ctx *ctx,
				 struct ioctl_gntdev_dmabuf_exp_from_refs __user *u);
long gntdev_dmabuf_compat_wait(struct gntdev_dmabuf_ctx *ctx,
			       struct ioctl_gntdev_dmabuf_exp_wait_released __user *u);
long gntdev_dmabuf_compat_import(struct gntdev_dmabuf_ctx *ctx,
				 struct ioctl_gntdev_dmabuf_imp_to_refs __user *u);
long gntdev_dmabuf_compat_release(struct gntdev_dmabuf_ctx *ctx,
				  struct ioctl_gntdev_dmabuf_imp_release __user *u);

#endif /* _GNTDEV_DMABUF_PRIVATE_H */
