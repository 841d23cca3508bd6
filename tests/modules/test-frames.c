// SPDX-License-Identifier: GPL-2.0
/*
 * Gives test programs access to the kernel's allocator of contiguous unpopulated frames: see
 * frames.h.
 *
 * Closing the file releases all resources. The exception: frames are never freed if Xen fails to
 * unmap their grants.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

#include <xen/grant_table.h>
#include <xen/xen.h>

#include "frames.h"

/* Grants mapped or unmapped by one hypercall. */
#define BATCH	32

/*
 * One run of frames. A frame whose bit is set in freed no longer belongs to the run. While grants
 * are mapped, handles has their handles, and INVALID_GRANT_HANDLE for frames without a grant.
 */
struct run {
	u32 nr;
	struct page **pages;
	unsigned long *freed;
	grant_handle_t *handles;
};

/* An open file. */
struct frames {
	struct mutex lock;	/* one operation at a time */
	struct xarray runs;
};

struct map_batch {
	struct gnttab_map_grant_ref ops[BATCH];
};

struct unmap_batch {
	struct gnttab_unmap_grant_ref ops[BATCH];
	struct page *pages[BATCH];
	grant_handle_t *handles[BATCH];
	unsigned int nr;
};

/* ---- grants */

static unsigned long address_of(struct page *page)
{
	return (unsigned long)page_address(page);
}

static int map_some(struct run *run, u32 first, const u32 *refs, domid_t domid,
		    struct map_batch *batch)
{
	u32 i, nr = min_t(u32, BATCH, run->nr - first);
	int ret;

	for (i = 0; i < nr; i++) {
		gnttab_set_map_op(&batch->ops[i], address_of(run->pages[first + i]),
				  GNTMAP_host_map, refs[first + i], domid);
		batch->ops[i].handle = INVALID_GRANT_HANDLE;
	}
	ret = gnttab_map_refs(batch->ops, NULL, run->pages + first, nr);
	/* Record each mapped grant, also if the call failed, because it must be unmapped. */
	for (i = 0; i < nr; i++) {
		if (batch->ops[i].status == GNTST_okay)
			run->handles[first + i] = batch->ops[i].handle;
		else if (!ret)
			ret = -EREMOTEIO;
	}
	return ret;
}

static int map_all(struct run *run, const u32 *refs, domid_t domid)
{
	struct map_batch *batch;
	u32 first;
	int ret = 0;

	batch = kmalloc(sizeof(*batch), GFP_KERNEL);
	if (!batch)
		return -ENOMEM;
	for (first = 0; first < run->nr && !ret; first += BATCH)
		ret = map_some(run, first, refs, domid, batch);
	kfree(batch);
	return ret;
}

static void unmap_batch(struct unmap_batch *batch)
{
	unsigned int i;
	int ret;

	if (!batch->nr)
		return;
	ret = gnttab_unmap_refs(batch->ops, NULL, batch->pages, batch->nr);
	if (ret)
		pr_err("grants not unmapped: %d\n", ret);
	for (i = 0; i < batch->nr; i++) {
		if (batch->ops[i].status == GNTST_okay)
			*batch->handles[i] = INVALID_GRANT_HANDLE;
		else
			pr_err("a grant not unmapped: status %d\n",
			       batch->ops[i].status);
	}
	batch->nr = 0;
}

static void unmap_add(struct unmap_batch *batch, struct run *run, u32 i)
{
	gnttab_set_unmap_op(&batch->ops[batch->nr], address_of(run->pages[i]),
			    GNTMAP_host_map, run->handles[i]);
	batch->pages[batch->nr] = run->pages[i];
	batch->handles[batch->nr] = &run->handles[i];
	if (++batch->nr == BATCH)
		unmap_batch(batch);
}

static bool still_mapped(const struct run *run)
{
	u32 i;

	for (i = 0; i < run->nr; i++)
		if (run->handles[i] != INVALID_GRANT_HANDLE)
			return true;
	return false;
}

/* If this fails for some grants, it keeps their handles. */
static int unmap_run(struct run *run)
{
	struct unmap_batch *batch;
	u32 i;

	batch = kzalloc(sizeof(*batch), GFP_KERNEL | __GFP_NOFAIL);
	for (i = 0; i < run->nr; i++)
		if (run->handles[i] != INVALID_GRANT_HANDLE)
			unmap_add(batch, run, i);
	unmap_batch(batch);
	kfree(batch);
	if (still_mapped(run))
		return -EIO;
	kvfree(run->handles);
	run->handles = NULL;
	return 0;
}

static int map_run(struct run *run, const u32 *refs, domid_t domid)
{
	int ret;
	u32 i;

	run->handles = kvmalloc_array(run->nr, sizeof(*run->handles), GFP_KERNEL);
	if (!run->handles)
		return -ENOMEM;
	for (i = 0; i < run->nr; i++)
		run->handles[i] = INVALID_GRANT_HANDLE;
	ret = map_all(run, refs, domid);
	if (ret)
		unmap_run(run);
	return ret;
}

/* ---- runs */

static bool is_contiguous(const struct run *run)
{
	u32 i;

	for (i = 1; i < run->nr; i++)
		if (page_to_pfn(run->pages[i]) != page_to_pfn(run->pages[0]) + i)
			return false;
	return true;
}

static void run_free_memory(struct run *run)
{
	kvfree(run->handles);
	kvfree(run->freed);
	kvfree(run->pages);
	kfree(run);
}

/* Returns a run without frames. */
static struct run *run_new(u32 nr)
{
	const gfp_t may_fail = GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL;
	struct run *run;

	run = kzalloc(sizeof(*run), GFP_KERNEL);
	if (!run)
		return NULL;
	run->nr = nr;
	/* One more than @nr, because the allocator and not this module must refuse 0 frames. */
	run->pages = kvcalloc((size_t)nr + 1, sizeof(*run->pages), may_fail);
	run->freed = kvcalloc(BITS_TO_LONGS((size_t)nr + 1), sizeof(long), may_fail);
	if (run->pages && run->freed)
		return run;
	run_free_memory(run);
	return NULL;
}

/* Frees the remaining frames and the run. */
static void run_end(struct run *run)
{
	unsigned int from, to, i;

	if (run->handles && unmap_run(run))
		for (i = 0; i < run->nr; i++)
			if (run->handles[i] != INVALID_GRANT_HANDLE)
				__set_bit(i, run->freed);
	for_each_clear_bitrange(from, to, run->freed, run->nr)
		gnttab_free_contiguous_pages(to - from, run->pages + from);
	run_free_memory(run);
}

static int run_alloc(u32 nr, struct run **result)
{
	struct run *run;
	int ret;

	run = run_new(nr);
	if (!run)
		return -ENOMEM;
	ret = gnttab_alloc_contiguous_pages(nr, run->pages);
	if (ret) {
		run_free_memory(run);
		return ret;
	}
	if (!is_contiguous(run)) {
		pr_err("%u frames are not contiguous\n", nr);
		run_end(run);
		return -EIO;
	}
	*result = run;
	return 0;
}

/* ---- operations */

static long frames_alloc(struct frames *frames, void __user *user)
{
	struct frames_alloc args;
	struct run *run;
	int ret;

	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	ret = run_alloc(args.nr, &run);
	if (ret)
		return ret;
	ret = xa_alloc(&frames->runs, &args.run, run, xa_limit_32b, GFP_KERNEL);
	if (ret) {
		run_end(run);
		return ret;
	}
	args.pfn = page_to_pfn(run->pages[0]);
	if (!copy_to_user(user, &args, sizeof(args)))
		return 0;
	xa_erase(&frames->runs, args.run);
	run_end(run);
	return -EFAULT;
}

/* Are these frames of the run, and was none of them freed before? */
static bool may_free(const struct run *run, u32 first, u32 nr)
{
	u32 end;

	if (check_add_overflow(first, nr, &end) || end > run->nr)
		return false;
	return find_next_bit(run->freed, end, first) >= end;
}

static long frames_free(struct frames *frames, void __user *user)
{
	struct frames_free args;
	struct run *run;

	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	run = xa_load(&frames->runs, args.run);
	if (!run || (!args.nr && args.first))
		return -EINVAL;
	if (run->handles)
		return -EBUSY;
	if (!args.nr)
		args.nr = run->nr;
	if (!may_free(run, args.first, args.nr))
		return -EINVAL;
	gnttab_free_contiguous_pages(args.nr, run->pages + args.first);
	bitmap_set(run->freed, args.first, args.nr);
	if (bitmap_full(run->freed, run->nr)) {
		xa_erase(&frames->runs, args.run);
		run_end(run);
	}
	return 0;
}

static long frames_map(struct frames *frames, void __user *user)
{
	struct frames_map args;
	struct run *run;
	u32 *refs;
	int ret;

	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	run = xa_load(&frames->runs, args.run);
	if (!run || !bitmap_empty(run->freed, run->nr))
		return -EINVAL;
	if (args.domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	if (run->handles)
		return -EBUSY;
	refs = vmemdup_array_user(u64_to_user_ptr(args.refs), run->nr, sizeof(*refs));
	if (IS_ERR(refs))
		return PTR_ERR(refs);
	ret = map_run(run, refs, args.domid);
	kvfree(refs);
	return ret;
}

static long frames_unmap(struct frames *frames, unsigned long number)
{
	struct run *run = xa_load(&frames->runs, number);

	if (!run || !run->handles)
		return -EINVAL;
	return unmap_run(run);
}

static long frames_read(struct frames *frames, void __user *user)
{
	struct frames_read args;
	struct run *run;
	u64 end;

	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	run = xa_load(&frames->runs, args.run);
	if (!run || !run->handles || args.pad)
		return -EINVAL;
	if (check_add_overflow(args.offset, args.length, &end) ||
	    end > (u64)run->nr << PAGE_SHIFT)
		return -EINVAL;
	if (copy_to_user(u64_to_user_ptr(args.buffer),
			 page_address(run->pages[0]) + args.offset, args.length))
		return -EFAULT;
	return 0;
}

static long frames_operation(struct frames *frames, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case FRAMES_ALLOC:
		return frames_alloc(frames, user);
	case FRAMES_FREE:
		return frames_free(frames, user);
	case FRAMES_MAP:
		return frames_map(frames, user);
	case FRAMES_UNMAP:
		return frames_unmap(frames, arg);
	case FRAMES_READ:
		return frames_read(frames, user);
	default:
		return -ENOTTY;
	}
}

/* ---- the device */

static long frames_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct frames *frames = file->private_data;

	guard(mutex)(&frames->lock);
	return frames_operation(frames, cmd, arg);
}

static int frames_open(struct inode *inode, struct file *file)
{
	struct frames *frames;

	frames = kzalloc(sizeof(*frames), GFP_KERNEL);
	if (!frames)
		return -ENOMEM;
	mutex_init(&frames->lock);
	/* The numbers start at 1, so that an uninitialised number of 0 is an error. */
	xa_init_flags(&frames->runs, XA_FLAGS_ALLOC1);
	file->private_data = frames;
	return 0;
}

static int frames_release(struct inode *inode, struct file *file)
{
	struct frames *frames = file->private_data;
	unsigned long number;
	struct run *run;

	xa_for_each(&frames->runs, number, run)
		run_end(run);
	xa_destroy(&frames->runs);
	mutex_destroy(&frames->lock);
	kfree(frames);
	return 0;
}

static const struct file_operations frames_fops = {
	.owner = THIS_MODULE,
	.open = frames_open,
	.release = frames_release,
	.unlocked_ioctl = frames_ioctl,
};

static struct miscdevice frames_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen-test-frames",
	.mode = 0600,
	.fops = &frames_fops,
};

static int __init test_frames_init(void)
{
	if (!xen_domain())
		return -ENODEV;
	return misc_register(&frames_device);
}

static void __exit test_frames_exit(void)
{
	misc_deregister(&frames_device);
}

module_init(test_frames_init);
module_exit(test_frames_exit);

MODULE_DESCRIPTION("Contiguous unpopulated frames for tests");
MODULE_LICENSE("GPL");
