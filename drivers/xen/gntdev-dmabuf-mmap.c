// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: user mappings of an export, in
 * auto-translated domains.
 *
 * There, a frame with a grant mapped into it can be entered into a page table like any other
 * frame. But a reference on its page could outlive the grant: VM_PFNMAP prevents references.
 *
 * A VMA holds the dma-buf's file. So unless the export is revoked, the grants stay mapped as
 * long as there is a VMA, and page table entries are removed before that. A revocation zaps
 * page table entries through the file's mapping.
 */

#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>

#include <xen/xen.h>

#include "gntdev-dmabuf-private.h"

/* How many pages one fault maps, if the VMA has as many. */
#define FAULT_AROUND_PAGES	16UL

static vm_fault_t fault_locked(struct gntdev_dmabuf_export_obj *export,
			       struct vm_fault *vmf)
{
	struct gntdev_dmabuf_grants *grants = &export->grants;
	struct vm_area_struct *vma = vmf->vma;
	unsigned long addr = vmf->address;
	pgoff_t first = vmf->pgoff;
	unsigned long i, nr;
	vm_fault_t ret;

	dma_resv_assert_held(&export->resv);

	if (!gntdev_dmabuf_export_live(export))
		return VM_FAULT_SIGBUS;
	if (first >= grants->count)
		return VM_FAULT_SIGBUS;

	nr = min3(grants->count - first, (vma->vm_end - addr) >> PAGE_SHIFT,
		  FAULT_AROUND_PAGES);

	ret = vmf_insert_pfn(vma, addr, page_to_pfn(grants->pages[first]));
	for (i = 1; i < nr && ret == VM_FAULT_NOPAGE; i++) {
		addr += PAGE_SIZE;
		/* Only the first page was asked for. */
		if (vmf_insert_pfn(vma, addr,
				   page_to_pfn(grants->pages[first + i])) !=
		    VM_FAULT_NOPAGE)
			break;
	}
	return ret;
}

/**
 * gntdev_dmabuf_fault_lock - take dma_resv in a fault
 * @export: the export, held by the VMA
 * @vmf: the fault
 *
 * Importers may keep dma_resv locked for long. If the first attempt of a fault would block, this
 * drops mmap_lock while it waits, so that other threads can map and unmap memory, and asks for
 * a retry.
 *
 * Return: 0 with dma_resv locked, or what the fault has to return
 */
vm_fault_t gntdev_dmabuf_fault_lock(struct gntdev_dmabuf_export_obj *export,
				    struct vm_fault *vmf)
{
	struct dma_resv *resv = &export->resv;
	struct file *file;

	if (dma_resv_trylock(resv))
		return 0;

	/* On a signal, deliver it and fault again. */
	if (!fault_flag_allow_retry_first(vmf->flags))
		return dma_resv_lock_interruptible(resv, NULL) ?
				VM_FAULT_NOPAGE : 0;

	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;

	/* The VMA may go away without mmap_lock. The file keeps the export. */
	file = get_file(vmf->vma->vm_file);
	mmap_read_unlock(vmf->vma->vm_mm);
	if (!dma_resv_lock_interruptible(resv, NULL))
		dma_resv_unlock(resv);
	fput(file);
	return VM_FAULT_RETRY;
}

static vm_fault_t export_vma_fault(struct vm_fault *vmf)
{
	struct gntdev_dmabuf_export_obj *export = vmf->vma->vm_private_data;
	vm_fault_t ret;

	ret = gntdev_dmabuf_fault_lock(export, vmf);
	if (ret)
		return ret;
	ret = fault_locked(export, vmf);
	dma_resv_unlock(&export->resv);
	return ret;
}

static void export_vma_open(struct vm_area_struct *vma)
{
	struct gntdev_dmabuf_export_obj *export = vma->vm_private_data;

	atomic_inc(&export->nr_vmas);
}

static void export_vma_close(struct vm_area_struct *vma)
{
	struct gntdev_dmabuf_export_obj *export = vma->vm_private_data;

	atomic_dec(&export->nr_vmas);
}

static const struct vm_operations_struct export_vm_ops = {
	.open = export_vma_open,
	.close = export_vma_close,
	.fault = export_vma_fault,
};

static int mmap_auto_translated(struct gntdev_dmabuf_export_obj *export,
				struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_private_data = export;
	vma->vm_ops = &export_vm_ops;
	export_vma_open(vma);
	return 0;
}

/**
 * gntdev_dmabuf_mmap - map an export into a process
 * @dmabuf: the export's
 * @vma: the new mapping, whose range the dma-buf core has checked, and which holds
 *       the dma-buf
 *
 * Return: 0 or a negative errno
 */
int gntdev_dmabuf_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct gntdev_dmabuf_export_obj *export = dmabuf->priv;

	/*
	 * No copy-on-write of another domain's pages. A shared mapping of a file that is
	 * open for reading only has lost VM_SHARED, not VM_MAYSHARE.
	 */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;

	if (export->flags & GNTDEV_DMABUF_EXPORT_READONLY) {
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		vm_flags_clear(vma, VM_MAYWRITE);
	}

	if (!gntdev_dmabuf_export_live(export))
		return -ENODEV;

	if (xen_pv_domain())
		return gntdev_dmabuf_mmap_pv(export, vma);
	return mmap_auto_translated(export, vma);
}
