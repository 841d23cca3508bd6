// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: mapping a peer's grants onto frames of
 * our own, and unmapping them.
 *
 * This is the same on PV and in auto-translated domains: a grant is mapped at the
 * linear address of the frame. On PV that replaces the page table entry there.
 */

#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/xen.h>

#include "gntdev-dmabuf-private.h"
#include "gntdev-dmabuf-trace.h"

/*
 * A peer's page may have to be brought in from its paging device before it can be
 * mapped. Look for it this often, for this long, over all of an export's grants.
 */
#define RETRY_DELAY_MS	10
#define RETRY_MS	5000

/* Xen flushes the TLB once per this many unmaps. */
#define UNMAP_BATCH	32

/* What Xen takes for the place of a frame, as an argument of gnttab_set_*_op(). */
static phys_addr_t frame_addr(struct page *page)
{
	return (unsigned long)pfn_to_kaddr(page_to_pfn(page));
}

static u32 map_flags(struct gntdev_dmabuf_grants *grants)
{
	return GNTMAP_host_map | (grants->readonly ? GNTMAP_readonly : 0);
}

/*
 * A run of unpopulated frames needs no RAM. If there is no unpopulated address space a run takes
 * RAM, and possibly much time to find it, which only exports that ask for a run are worth. One
 * frame is always contiguous.
 */
static int alloc_run(struct gntdev_dmabuf_grants *grants,
		     enum gntdev_dmabuf_frames frames)
{
	if (grants->count == 1)
		return -ENOMEM;
	if (frames == GNTDEV_DMABUF_FRAMES_RUN)
		return gnttab_alloc_contiguous_pages(grants->count,
						     grants->pages);
	if (frames == GNTDEV_DMABUF_FRAMES_ANY && !xen_has_unpopulated_region())
		return -ENOMEM;
	return gnttab_try_contiguous_pages(grants->count, grants->pages);
}

static int alloc_frames(struct gntdev_dmabuf_grants *grants,
			enum gntdev_dmabuf_frames frames)
{
	grants->is_run = !alloc_run(grants, frames);
	if (grants->is_run)
		return 0;
	if (frames == GNTDEV_DMABUF_FRAMES_RUN && grants->count > 1)
		return -ENOMEM;
	return gnttab_alloc_pages(grants->count, grants->pages);
}

/**
 * gntdev_dmabuf_grants_init - get frames to map grants into
 * @grants: to be initialized
 * @count: number of grants
 * @domid: the granting domain
 * @readonly: map for reading only
 * @frames: what frames will do
 *
 * The frames are address space. They have no memory before grants are mapped there.
 *
 * Return: 0 or -ENOMEM. After 0, gntdev_dmabuf_grants_destroy() is due.
 */
int gntdev_dmabuf_grants_init(struct gntdev_dmabuf_grants *grants,
			      unsigned int count, domid_t domid, bool readonly,
			      enum gntdev_dmabuf_frames frames)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOWARN;
	unsigned int i;

	grants->domid = domid;
	grants->readonly = readonly;
	grants->count = count;
	grants->lifetime = gntdev_dmabuf_lifetime();

	grants->pages = kvmalloc_objs(*grants->pages, count, gfp);
	grants->handles = kvmalloc_objs(*grants->handles, count, gfp);
	if (!grants->pages || !grants->handles)
		goto free_arrays;
	if (xen_pv_domain()) {
		grants->refs = kvmalloc_objs(*grants->refs, count, gfp);
		if (!grants->refs)
			goto free_arrays;
	}

	for (i = 0; i < count; i++)
		grants->handles[i] = INVALID_GRANT_HANDLE;

	if (alloc_frames(grants, frames))
		goto free_arrays;

	return 0;

free_arrays:
	kvfree(grants->refs);
	kvfree(grants->handles);
	kvfree(grants->pages);
	return -ENOMEM;
}

/* Does the peer still have to bring in a page? */
static bool any_eagain(struct gnttab_map_grant_ref *ops, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (ops[i].status == GNTST_eagain)
			return true;
	return false;
}

static int map_again(struct gnttab_map_grant_ref *ops, struct page **pages,
		     unsigned int nr)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		if (ops[i].status != GNTST_eagain)
			continue;
		err = gnttab_try_map_refs(&ops[i], NULL, &pages[i], 1);
		if (err)
			return err;
	}
	return 0;
}

/* The time begins to run when it is first asked for. */
static bool may_retry(struct gntdev_dmabuf_grants *grants)
{
	ktime_t now = ktime_get();

	if (!grants->retry_until)
		grants->retry_until = ktime_add_ms(now, RETRY_MS);
	return ktime_before(now, grants->retry_until);
}

static int map_with_retries(struct gntdev_dmabuf_grants *grants,
			    struct gnttab_map_grant_ref *ops,
			    struct page **pages, unsigned int nr)
{
	int err;

	err = gnttab_try_map_refs(ops, NULL, pages, nr);
	while (!err && any_eagain(ops, nr) && may_retry(grants)) {
		schedule_timeout_killable(msecs_to_jiffies(RETRY_DELAY_MS));
		if (fatal_signal_pending(current))
			return -EINTR;
		if (gntdev_dmabuf_grants_lost(grants))
			return -ENODEV;
		err = map_again(ops, pages, nr);
	}
	return err ? -EIO : 0;
}

/**
 * gntdev_dmabuf_grants_map - map some of the grants
 * @grants: where to
 * @first: index of the first one
 * @nr: how many, at most GNTDEV_DMABUF_BATCH
 * @batch: in: the references. out: the outcome for each of them
 *
 * Whatever the result is, what was mapped belongs to @grants, to be unmapped by
 * gntdev_dmabuf_grants_destroy().
 *
 * Return: 0 if the hypervisor has looked at all of them and @batch says with what
 * outcome. -EINTR if the task was killed meanwhile, -EIO if the hypervisor would not
 * look at them, -ENODEV if this domain has been restored since gntdev_dmabuf_grants_init().
 */
int gntdev_dmabuf_grants_map(struct gntdev_dmabuf_grants *grants,
			     unsigned int first, unsigned int nr,
			     struct gntdev_dmabuf_batch *batch)
{
	struct gnttab_map_grant_ref *ops = batch->ops;
	struct page **pages = grants->pages + first;
	unsigned int i, bad = 0;
	int err;

	if (grants->refs)
		memcpy(grants->refs + first, batch->refs,
		       nr * sizeof(*grants->refs));

	/* Every operation begins with a status that is not GNTST_okay. */
	for (i = 0; i < nr; i++)
		gnttab_set_map_op(&ops[i], frame_addr(pages[i]),
				  map_flags(grants), batch->refs[i],
				  grants->domid);

	/*
	 * Copying the references may have slept in a file system that lets the domain be saved
	 * meanwhile. After the restore the earlier grants are not mapped: add none that are.
	 */
	if (gntdev_dmabuf_grants_lost(grants))
		return -ENODEV;
	err = map_with_retries(grants, ops, pages, nr);

	for (i = 0; i < nr; i++) {
		batch->status[i] = ops[i].status;
		if (ops[i].status == GNTST_okay)
			grants->handles[first + i] = ops[i].handle;
		else
			bad++;
	}
	trace_gntdev_dmabuf_map_refs(grants->domid, nr, bad);
	return err;
}

/*
 * Xen refused to unmap it: the peer's page is still in the frame, which must never be used
 * for anything else.
 */
static void quarantine(struct gntdev_dmabuf_grants *grants, unsigned int i,
		       s16 status)
{
	gntdev_dmabuf_count_lost(grants->domid, status);
	grants->pages[i] = NULL;
}

/*
 * After a restore, the frames have no page of the peer's in them any more, or none that the handles
 * would stand for. Only the kernel has to forget it. In a PV domain the p2m entry still holds a
 * machine frame from before the restore, so the page is not used again.
 */
static void forget_batch(struct gntdev_dmabuf_grants *grants,
			 const unsigned int *index, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		grants->handles[index[i]] = INVALID_GRANT_HANDLE;
		if (xen_pv_domain())
			grants->pages[index[i]] = NULL;
		else
			ClearPageForeign(grants->pages[index[i]]);
	}
}

/* Unmap the grants whose indices are given. How many could not be unmapped? */
static unsigned int unmap_batch(struct gntdev_dmabuf_grants *grants,
				const unsigned int *index, unsigned int nr)
{
	struct gnttab_unmap_grant_ref ops[UNMAP_BATCH];
	struct page *pages[UNMAP_BATCH];
	unsigned int i, bad = 0;
	int err;

	if (gntdev_dmabuf_grants_lost(grants)) {
		forget_batch(grants, index, nr);
		return 0;
	}

	for (i = 0; i < nr; i++) {
		pages[i] = grants->pages[index[i]];
		gnttab_set_unmap_op(&ops[i], frame_addr(pages[i]),
				    map_flags(grants),
				    grants->handles[index[i]]);
		ops[i].status = GNTST_general_error;
	}

	err = gnttab_unmap_refs(ops, NULL, pages, nr);

	/*
	 * The domain may have been restored meanwhile. Then the status values do not say whether
	 * a page is mapped.
	 */
	if (gntdev_dmabuf_grants_lost(grants)) {
		forget_batch(grants, index, nr);
		return 0;
	}

	for (i = 0; i < nr; i++) {
		grants->handles[index[i]] = INVALID_GRANT_HANDLE;
		/* After an error as a whole it is not known what was done. */
		if (!err && ops[i].status == GNTST_okay)
			continue;
		quarantine(grants, index[i], err ? GNTST_general_error :
							ops[i].status);
		bad++;
	}
	return bad;
}

static unsigned int unmap_all(struct gntdev_dmabuf_grants *grants)
{
	unsigned int index[UNMAP_BATCH];
	unsigned int i, nr = 0, bad = 0;

	for (i = 0; i < grants->count; i++) {
		if (grants->handles[i] != INVALID_GRANT_HANDLE)
			index[nr++] = i;
		if (nr == UNMAP_BATCH) {
			bad += unmap_batch(grants, index, nr);
			nr = 0;
			cond_resched();
		}
	}
	if (nr)
		bad += unmap_batch(grants, index, nr);
	return bad;
}

static void free_part(struct gntdev_dmabuf_grants *grants, unsigned int first,
		      unsigned int nr)
{
	if (grants->is_run)
		gnttab_free_contiguous_pages(nr, grants->pages + first);
	else
		gnttab_free_pages(nr, grants->pages + first);
}

/* Give back the frames, but for those in quarantine. */
static void free_frames(struct gntdev_dmabuf_grants *grants)
{
	unsigned int i, first = 0;

	for (i = 0; i < grants->count; i++) {
		if (grants->pages[i])
			continue;
		free_part(grants, first, i - first);
		first = i + 1;
	}
	free_part(grants, first, grants->count - first);
}

/**
 * gntdev_dmabuf_grants_destroy - unmap the grants, and give back the frames
 * @grants: to be destroyed
 *
 * Neither the CPU nor a device may be using the frames. There are no page references to wait
 * for, as none is ever given out: user mappings are VM_PFNMAP, devices get DMA addresses.
 *
 * Return: how many pages are still mapped, as Xen refused to unmap them
 */
unsigned int gntdev_dmabuf_grants_destroy(struct gntdev_dmabuf_grants *grants)
{
	unsigned int bad;

	bad = unmap_all(grants);
	free_frames(grants);
	kvfree(grants->refs);
	kvfree(grants->handles);
	kvfree(grants->pages);
	grants->refs = NULL;
	grants->handles = NULL;
	grants->pages = NULL;
	return bad;
}

/**
 * gntdev_dmabuf_grants_run - how far do frames follow each other?
 * @grants: the frames
 * @first: index of the first one
 * @max: where to stop counting
 *
 * Frames have to be contiguous for the CPU as well as on the bus: in a domain whose
 * devices see machine addresses, neighbouring frames hold pages of the peer from
 * anywhere.
 *
 * Return: number of frames from @first on, 1 up to @max
 */
unsigned int gntdev_dmabuf_grants_run(struct gntdev_dmabuf_grants *grants,
				      unsigned int first, unsigned int max)
{
	unsigned long pfn = page_to_pfn(grants->pages[first]);
	unsigned long bfn = pfn_to_bfn(pfn);
	unsigned int nr;

	max = min(max, grants->count - first);
	for (nr = 1; nr < max; nr++) {
		if (page_to_pfn(grants->pages[first + nr]) != pfn + nr)
			break;
		if (pfn_to_bfn(pfn + nr) != bfn + nr)
			break;
	}
	return nr;
}
