// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: the grant references of an import.
 *
 * References are allocated first, all or none. An allocated reference that is not granted yet
 * gives no access. A granted one is ended by gnttab_try_end_foreign_access(), which fails while
 * the peer has the page mapped.
 */

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <xen/grant_table.h>

#include "gntdev-dmabuf-private.h"
#include "gntdev-dmabuf-trace.h"

/* gnttab_alloc_grant_references() takes 16 bits, and allocates with a spinlock held. */
#define REFS_BATCH	512

/* Return: how many were allocated */
static unsigned int alloc_batch(grant_ref_t *refs, unsigned int count)
{
	unsigned int i, nr = min(count, REFS_BATCH);
	grant_ref_t head;

	if (gnttab_alloc_grant_references(nr, &head))
		return 0;

	for (i = 0; i < nr; i++)
		refs[i] = gnttab_claim_grant_reference(&head);
	return nr;
}

static int alloc_all(struct gntdev_dmabuf_refs *refs)
{
	unsigned int nr;

	while (refs->left < refs->count) {
		nr = alloc_batch(refs->refs + refs->left, refs->count - refs->left);
		if (!nr)
			return -ENOSPC;
		refs->left += nr;
		cond_resched();
	}
	return 0;
}

/**
 * gntdev_dmabuf_refs_init - make an empty set of references
 * @refs: the references, zeroed. gntdev_dmabuf_refs_destroy() is due
 * @domid: the peer
 * @readonly: it will only read
 * @count: how many references there will be
 */
void gntdev_dmabuf_refs_init(struct gntdev_dmabuf_refs *refs, domid_t domid,
			     bool readonly, unsigned int count)
{
	mutex_init(&refs->lock);
	refs->domid = domid;
	refs->readonly = readonly;
	refs->count = count;
	refs->lifetime = gntdev_dmabuf_lifetime();
}

/**
 * gntdev_dmabuf_refs_alloc - allocate the references
 * @refs: the references
 *
 * Return: 0, -ENOMEM or -ENOSPC. In all cases, gntdev_dmabuf_refs_end() is due until it
 * returns 0.
 */
int gntdev_dmabuf_refs_alloc(struct gntdev_dmabuf_refs *refs)
{
	refs->refs = kvmalloc_objs(*refs->refs, refs->count, GFP_KERNEL_ACCOUNT);
	if (!refs->refs)
		return -ENOMEM;

	return alloc_all(refs);
}

/**
 * gntdev_dmabuf_refs_destroy - free the memory of references that are ended
 * @refs: the references
 */
void gntdev_dmabuf_refs_destroy(struct gntdev_dmabuf_refs *refs)
{
	WARN_ON(refs->left);
	kvfree(refs->refs);
	mutex_destroy(&refs->lock);
}

/**
 * gntdev_dmabuf_refs_grant - give the peer access
 * @refs: the references
 * @pos: position in the dma-buf of the first page
 *
 * Return: 0, -EINTR if the process is being killed, -ENODEV if the domain was restored
 */
int gntdev_dmabuf_refs_grant(struct gntdev_dmabuf_refs *refs,
			     struct gntdev_dmabuf_source_pos *pos)
{
	unsigned int i;

	for (i = 0; i < refs->count; i++) {
		if (i % REFS_BATCH == 0) {
			cond_resched();
			if (fatal_signal_pending(current))
				return -EINTR;
			/* The grant table of another life is not this one's. */
			if (gntdev_dmabuf_refs_lost(refs))
				return -ENODEV;
		}
		gnttab_grant_foreign_access_ref(refs->refs[i], refs->domid,
						gntdev_dmabuf_source_next(pos),
						refs->readonly);
	}
	trace_gntdev_dmabuf_grant_refs(refs->domid, refs->count);
	return 0;
}

/* Try each one, and move those that are in use to the front. */
static void end_unused(struct gntdev_dmabuf_refs *refs)
{
	unsigned int i, in_use = 0;

	for (i = 0; i < refs->left; i++) {
		if (!gnttab_try_end_foreign_access(refs->refs[i]))
			refs->refs[in_use++] = refs->refs[i];
		if (i % REFS_BATCH == REFS_BATCH - 1)
			cond_resched();
	}
	refs->left = in_use;
}

/*
 * Stop at one that is in use, so this costs nothing while the peer unmaps nothing. The next call
 * begins with another one: a page that stays mapped must not keep the others granted.
 */
static void end_last_ones(struct gntdev_dmabuf_refs *refs)
{
	unsigned int other;

	while (refs->left &&
	       gnttab_try_end_foreign_access(refs->refs[refs->left - 1])) {
		refs->left--;
		if (refs->left % REFS_BATCH == 0)
			cond_resched();
	}
	if (!refs->left)
		return;

	other = get_random_u32_below(refs->left);
	swap(refs->refs[refs->left - 1], refs->refs[other]);
}

/**
 * gntdev_dmabuf_refs_end - end references that the peer does not use
 * @refs: the references
 *
 * The first call tries all of them, so the peer cannot map a page anew that it had not mapped.
 * Later calls stop at the first that is in use.
 *
 * After a restore the grant table is a new one, without the entries of the references, so that
 * none is in use. But a toolstack can also resume the domain that it has suspended, and say that
 * it was restored. Then the peer has access as before. So the table decides.
 *
 * Return: how many are left
 */
unsigned int gntdev_dmabuf_refs_end(struct gntdev_dmabuf_refs *refs)
{
	unsigned int before;

	guard(mutex)(&refs->lock);

	before = refs->left;
	if (refs->tried_all)
		end_last_ones(refs);
	else
		end_unused(refs);
	refs->tried_all = true;

	if (refs->left != before)
		trace_gntdev_dmabuf_end_refs(refs->domid, before - refs->left,
					     refs->left);
	return refs->left;
}

/**
 * gntdev_dmabuf_refs_mapped - how many references does the peer have mapped now?
 * @refs: the references
 *
 * Return: a statistic, out of date when it is returned
 */
unsigned int gntdev_dmabuf_refs_mapped(struct gntdev_dmabuf_refs *refs)
{
	unsigned int i, mapped = 0;

	guard(mutex)(&refs->lock);

	for (i = 0; i < refs->left; i++) {
		mapped += gnttab_ref_in_use(refs->refs[i]);
		if (i % REFS_BATCH == REFS_BATCH - 1)
			cond_resched();
	}
	return mapped;
}
