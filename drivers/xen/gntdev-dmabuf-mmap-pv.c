// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: user mappings of an export in para-virtualized
 * (PV) domains.
 *
 * There, only a grant operation of the hypervisor on a page table entry can enter a page of
 * another domain into a page table, and only another one can remove it. So every page that a
 * process has mapped is one more mapping of its grant, with a handle of its own. The handle
 * has to be unmapped before the kernel changes the page table entry. An MMU notifier does
 * that. The next access maps the page again, so code that changes page tables need not know.
 * The grant operation of that fault asks for the access that the VMA has then: mprotect(2)
 * may lower it and raise it.
 *
 * A VMA can be split. Its parts share one &struct gntdev_dmabuf_user_map, whose notifier covers
 * the whole range until the last part is closed. The range may hold other mappings by then. That
 * is harmless: before a part was closed its pages were unmapped, and only a fault in one of the
 * parts maps a page. Parts do not merge again, as the VMAs are VM_SPECIAL. A part that
 * mremap(2) moves gets a map of its own.
 */

#include <linux/cred.h>
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <xen/grant_table.h>
#include <xen/interface/grant_table.h>
#include <xen/page.h>

#include <asm/xen/hypercall.h>

#include "gntdev-dmabuf-private.h"

/* How many pages one fault maps, if the VMA has as many. */
#define FAULT_AROUND_PAGES	16UL
#define UNMAP_BATCH		16U

/**
 * struct gntdev_dmabuf_user_page - a page that may be in a page table
 * @pte: machine address of the page table entry, while @handle is valid
 * @handle: the hypervisor's name of the mapping, else INVALID_GRANT_HANDLE
 */
struct gntdev_dmabuf_user_page {
	u64 pte;
	grant_handle_t handle;
};

/**
 * struct gntdev_dmabuf_user_map - an export, or a part of it, mapped into a process
 * @notifier: of the range of addresses, until the last VMA is closed
 * @export: what is mapped. Each VMA holds the dma-buf
 * @uid: the user that is charged for the pages of the VMAs
 * @vmas: a reference for each VMA
 * @start: the address of the first page
 * @first: the page of the export that is there
 * @count: how many pages there are
 * @lock: guards @pages. Taken by the notifier: only hypercalls are done under it
 * @pages: the pages
 */
struct gntdev_dmabuf_user_map {
	struct mmu_interval_notifier notifier;
	struct gntdev_dmabuf_export_obj *export;
	kuid_t uid;
	refcount_t vmas;
	unsigned long start;
	pgoff_t first;
	unsigned int count;
	struct mutex lock;	/* guards @pages */
	struct gntdev_dmabuf_user_page pages[] __counted_by(count);
};

static u32 pte_map_flags(bool writable)
{
	/* The bit in the page table entry that makes it special, see pte_mkspecial(). */
	return GNTMAP_host_map | GNTMAP_application_map | GNTMAP_contains_pte |
	       (1 << _GNTMAP_guest_avail0) | (writable ? 0 : GNTMAP_readonly);
}

static void unmap_batch(struct gntdev_dmabuf_user_map *map,
			struct gntdev_dmabuf_user_page **pages, unsigned int nr)
{
	struct gnttab_unmap_grant_ref ops[UNMAP_BATCH];
	unsigned int i;
	bool failed, lost;

	for (i = 0; i < nr; i++) {
		gnttab_set_unmap_op(&ops[i], pages[i]->pte, GNTMAP_contains_pte,
				    pages[i]->handle);
		ops[i].status = GNTST_general_error;
	}

	lost = gntdev_dmabuf_grants_lost(&map->export->grants);
	failed = !lost &&
		 HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, ops, nr);

	for (i = 0; i < nr; i++) {
		pages[i]->handle = INVALID_GRANT_HANDLE;
		if (lost)
			continue;
		if (!failed && ops[i].status == GNTST_okay)
			continue;
		/* The peer's page is still mapped: it must never be called released. */
		atomic_inc(&map->export->lost_user_maps);
		gntdev_dmabuf_count_lost(map->export->obj.domid,
					 ops[i].status);
	}
}

static void unmap_pages(struct gntdev_dmabuf_user_map *map, unsigned int first,
			unsigned int end)
{
	struct gntdev_dmabuf_user_page *pages[UNMAP_BATCH];
	unsigned int i, nr = 0;

	lockdep_assert_held(&map->lock);

	for (i = first; i < end; i++) {
		if (map->pages[i].handle != INVALID_GRANT_HANDLE)
			pages[nr++] = &map->pages[i];
		if (nr == UNMAP_BATCH) {
			unmap_batch(map, pages, nr);
			nr = 0;
			cond_resched();
		}
	}
	if (nr)
		unmap_batch(map, pages, nr);
}

static bool user_map_invalidate(struct mmu_interval_notifier *notifier,
				const struct mmu_notifier_range *range,
				unsigned long cur_seq)
{
	struct gntdev_dmabuf_user_map *map =
		container_of(notifier, struct gntdev_dmabuf_user_map, notifier);
	unsigned long end = map->start + ((unsigned long)map->count << PAGE_SHIFT);

	if (!mmu_notifier_range_blockable(range))
		return false;

	mutex_lock(&map->lock);
	mmu_interval_set_seq(notifier, cur_seq);
	unmap_pages(map, (max(range->start, map->start) - map->start) >> PAGE_SHIFT,
		    (min(range->end, end) - map->start) >> PAGE_SHIFT);
	mutex_unlock(&map->lock);
	return true;
}

static const struct mmu_interval_notifier_ops user_map_notifier_ops = {
	.invalidate = user_map_invalidate,
};

/**
 * struct gntdev_dmabuf_ptes - where pages are to be entered
 * @nr: how many
 * @maddr: machine addresses of the page table entries
 */
struct gntdev_dmabuf_ptes {
	unsigned int nr;
	u64 maddr[FAULT_AROUND_PAGES];
};

static int find_pte(pte_t *pte, unsigned long addr, void *data)
{
	struct gntdev_dmabuf_ptes *ptes = data;

	ptes->maddr[ptes->nr++] = arbitrary_virt_to_machine(pte).maddr;
	return 0;
}

/* Enter what is not mapped yet of these pages. False if the first one could not be. */
static bool map_ptes(struct gntdev_dmabuf_user_map *map, unsigned int index,
		     const struct gntdev_dmabuf_ptes *ptes, bool writable)
{
	struct gntdev_dmabuf_grants *grants = &map->export->grants;
	struct gntdev_dmabuf_user_page *pages[FAULT_AROUND_PAGES];
	struct gnttab_map_grant_ref ops[FAULT_AROUND_PAGES];
	struct gntdev_dmabuf_user_page *page = &map->pages[index];
	unsigned int i, nr = 0;

	lockdep_assert_held(&map->lock);

	for (i = 0; i < ptes->nr; i++) {
		if (page[i].handle != INVALID_GRANT_HANDLE)
			continue;
		page[i].pte = ptes->maddr[i];
		gnttab_set_map_op(&ops[nr], ptes->maddr[i],
				  pte_map_flags(writable),
				  grants->refs[map->first + index + i],
				  grants->domid);
		ops[nr].status = GNTST_general_error;
		pages[nr++] = &page[i];
	}

	/* Whatever it returns, the statuses say what is mapped. */
	if (nr)
		HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, ops, nr);
	for (i = 0; i < nr; i++)
		if (ops[i].status == GNTST_okay)
			pages[i]->handle = ops[i].handle;
	return page->handle != INVALID_GRANT_HANDLE;
}

/*
 * False for the new VMA of a move before it has a map of its own, also if mremap(2) failed and
 * could not remove the VMA: the notifier does not cover it.
 */
static bool is_in_place(struct gntdev_dmabuf_user_map *map,
			struct vm_area_struct *vma)
{
	pgoff_t index = vma->vm_pgoff - map->first;

	return vma->vm_start == map->start + (index << PAGE_SHIFT);
}

static vm_fault_t fault_locked(struct gntdev_dmabuf_user_map *map,
			       struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned int index = vmf->pgoff - map->first;
	struct gntdev_dmabuf_ptes ptes;
	unsigned long seq, size;
	bool mapped;

	dma_resv_assert_held(&map->export->resv);

	if (!gntdev_dmabuf_export_live(map->export) || !is_in_place(map, vma))
		return VM_FAULT_SIGBUS;
	size = min(vma->vm_end - vmf->address, FAULT_AROUND_PAGES << PAGE_SHIFT);

again:
	seq = mmu_interval_read_begin(&map->notifier);

	/* Page tables that are there now stay until an invalidation begins. */
	ptes.nr = 0;
	if (apply_to_page_range(vma->vm_mm, vmf->address, size, find_pte, &ptes))
		return VM_FAULT_OOM;

	mutex_lock(&map->lock);
	if (mmu_interval_read_retry(&map->notifier, seq)) {
		mutex_unlock(&map->lock);
		goto again;
	}
	mapped = map_ptes(map, index, &ptes, vma->vm_flags & VM_WRITE);
	mutex_unlock(&map->lock);

	return mapped ? VM_FAULT_NOPAGE : VM_FAULT_SIGBUS;
}

static vm_fault_t user_map_fault(struct vm_fault *vmf)
{
	struct gntdev_dmabuf_user_map *map = vmf->vma->vm_private_data;
	struct dma_resv *resv = &map->export->resv;
	vm_fault_t ret;

	ret = gntdev_dmabuf_fault_lock(map->export, vmf);
	if (ret)
		return ret;
	ret = fault_locked(map, vmf);
	dma_resv_unlock(resv);
	return ret;
}

static void user_map_open(struct vm_area_struct *vma)
{
	struct gntdev_dmabuf_user_map *map = vma->vm_private_data;

	refcount_inc(&map->vmas);
	atomic_inc(&map->export->nr_vmas);
}

static void user_map_put(struct gntdev_dmabuf_user_map *map)
{
	if (!refcount_dec_and_test(&map->vmas))
		return;

	mmu_interval_notifier_remove(&map->notifier);
	mutex_destroy(&map->lock);
	kvfree(map);
}

static void user_map_close(struct vm_area_struct *vma)
{
	struct gntdev_dmabuf_user_map *map = vma->vm_private_data;

	if (is_in_place(map, vma))
		gntdev_dmabuf_uncharge_mmap(map->uid, vma_pages(vma));
	atomic_dec(&map->export->nr_vmas);
	user_map_put(map);
}

static struct gntdev_dmabuf_user_map *
user_map_alloc(struct gntdev_dmabuf_export_obj *export,
	       struct vm_area_struct *vma)
{
	unsigned int i, count = vma_pages(vma);
	struct gntdev_dmabuf_user_map *map;

	map = kvzalloc_flex(*map, pages, count, GFP_KERNEL_ACCOUNT);
	if (!map)
		return NULL;

	map->export = export;
	map->start = vma->vm_start;
	map->first = vma->vm_pgoff;
	map->count = count;
	refcount_set(&map->vmas, 1);
	mutex_init(&map->lock);
	for (i = 0; i < count; i++)
		map->pages[i].handle = INVALID_GRANT_HANDLE;
	return map;
}

/*
 * Make a map for a VMA: charged, and with its notifier. mmap_lock is held for writing.
 *
 * Return: the map, whose reference is the VMA's, or an ERR_PTR()
 */
static struct gntdev_dmabuf_user_map *
user_map_create(struct gntdev_dmabuf_export_obj *export,
		struct vm_area_struct *vma, kuid_t uid)
{
	struct gntdev_dmabuf_user_map *map;
	int err;

	mmap_assert_write_locked(vma->vm_mm);

	map = user_map_alloc(export, vma);
	if (!map)
		return ERR_PTR(-ENOMEM);

	map->uid = uid;
	err = gntdev_dmabuf_charge_mmap(map->uid, map->count);
	if (err)
		goto free_map;

	err = mmu_interval_notifier_insert_locked(&map->notifier, vma->vm_mm,
						  vma->vm_start,
						  vma->vm_end - vma->vm_start,
						  &user_map_notifier_ops);
	if (err)
		goto uncharge;
	return map;

uncharge:
	gntdev_dmabuf_uncharge_mmap(map->uid, map->count);
free_map:
	mutex_destroy(&map->lock);
	kvfree(map);
	return ERR_PTR(err);
}

/*
 * The VMA is at its new place, and still has the old one's map. Its pages were unmapped before
 * the page tables were moved. For a moment the pages are charged twice, to the same user. After an
 * error mremap(2) closes the new VMA and keeps the old one.
 */
static int user_map_mremap(struct vm_area_struct *vma)
{
	struct gntdev_dmabuf_user_map *old = vma->vm_private_data, *map;

	map = user_map_create(old->export, vma, old->uid);
	if (IS_ERR(map))
		return PTR_ERR(map);

	vma->vm_private_data = map;
	user_map_put(old);
	return 0;
}

static const struct vm_operations_struct user_map_vm_ops = {
	.open = user_map_open,
	.close = user_map_close,
	.mremap = user_map_mremap,
	.fault = user_map_fault,
};

/**
 * gntdev_dmabuf_mmap_pv - map an export into a process of a PV domain
 * @export: the export
 * @vma: the new mapping
 *
 * Return: 0 or a negative errno
 */
int gntdev_dmabuf_mmap_pv(struct gntdev_dmabuf_export_obj *export,
			  struct vm_area_struct *vma)
{
	struct gntdev_dmabuf_user_map *map;

	map = user_map_create(export, vma, current_uid());
	if (IS_ERR(map))
		return PTR_ERR(map);

	/* VM_IO keeps madvise(2) from having it copied by fork(2) after all. */
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTCOPY | VM_DONTEXPAND |
			  VM_DONTDUMP);
	vma->vm_private_data = map;
	vma->vm_ops = &user_map_vm_ops;
	atomic_inc(&export->nr_vmas);
	return 0;
}
