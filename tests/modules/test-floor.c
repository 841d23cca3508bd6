// SPDX-License-Identifier: GPL-2.0
/*
 * The minimum cost of mapping and unmapping a guest's grants: see floor.h.
 *
 * Frames are never freed if Xen fails to unmap their grants.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <asm/xen/hypercall.h>

#include <xen/grant_table.h>
#include <xen/interface/grant_table.h>
#include <xen/xen.h>

#include "floor.h"

/* The next operation. */
enum step {
	STEP_PREPARE,
	STEP_MAP,
	STEP_CHECK,
	STEP_UNMAP,
	STEP_FINISH,
};

/* The arguments of one hypercall fit in a page. Our exports use half a page at a time. */
#define MAX_BATCH	(PAGE_SIZE / sizeof(struct gnttab_map_grant_ref))

union arguments {
	struct gnttab_map_grant_ref map[MAX_BATCH];
	struct gnttab_unmap_grant_ref unmap[MAX_BATCH];
};

/*
 * An open file. A handle is INVALID_GRANT_HANDLE if its grant is not mapped.
 *
 * Xen walks the kernel's page tables for each argument of a hypercall, so the location of the
 * arguments affects the cost. Here they are in one page of the linear mapping.
 */
struct floor {
	struct mutex lock;	/* one operation at a time */
	enum step next;
	domid_t domid;
	u32 count;
	u32 map_batch, unmap_batch;
	u32 *refs;
	struct page **pages;
	grant_handle_t *handles;
	union arguments *args;
};

static unsigned long address_of(struct page *page)
{
	return (unsigned long)pfn_to_kaddr(page_to_pfn(page));
}

/* ---- the measured operations */

static int map_some(struct floor *floor, u32 first, u32 nr)
{
	struct gnttab_map_grant_ref *map = floor->args->map;
	u32 i;

	/* gnttab_set_map_op() initialises the status, and never to GNTST_okay. */
	for (i = 0; i < nr; i++)
		gnttab_set_map_op(&map[i], address_of(floor->pages[first + i]),
				  GNTMAP_host_map, floor->refs[first + i], floor->domid);
	if (HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, map, nr))
		return -EIO;
	for (i = 0; i < nr; i++)
		if (map[i].status == GNTST_okay)
			floor->handles[first + i] = map[i].handle;
	return 0;
}

static int map_all(struct floor *floor)
{
	u32 i, nr;
	int ret = 0;

	for (i = 0; i < floor->count && !ret; i += nr) {
		nr = min(floor->map_batch, floor->count - i);
		ret = map_some(floor, i, nr);
	}
	return ret;
}

static int unmap_some(struct floor *floor, u32 first, u32 nr)
{
	struct gnttab_unmap_grant_ref *unmap = floor->args->unmap;
	u32 i;

	for (i = 0; i < nr; i++) {
		gnttab_set_unmap_op(&unmap[i], address_of(floor->pages[first + i]),
				    GNTMAP_host_map, floor->handles[first + i]);
		unmap[i].status = GNTST_general_error;
	}
	if (HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, unmap, nr))
		return -EIO;
	for (i = 0; i < nr; i++)
		if (unmap[i].status == GNTST_okay)
			floor->handles[first + i] = INVALID_GRANT_HANDLE;
	return 0;
}

/* Xen only refuses the handles of grants that are not mapped. It unmaps the others. */
static int unmap_all(struct floor *floor)
{
	u32 i, nr;
	int ret = 0;

	for (i = 0; i < floor->count && !ret; i += nr) {
		nr = min(floor->unmap_batch, floor->count - i);
		ret = unmap_some(floor, i, nr);
	}
	return ret;
}

/* ---- the operations that are not measured */

static void free_arrays(struct floor *floor)
{
	kfree(floor->args);
	kvfree(floor->handles);
	kvfree(floor->pages);
	kvfree(floor->refs);
}

static int alloc_arrays(struct floor *floor)
{
	const gfp_t may_fail = GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL;

	floor->pages = kvcalloc(floor->count, sizeof(*floor->pages), may_fail);
	floor->handles = kvmalloc_array(floor->count, sizeof(*floor->handles), may_fail);
	floor->args = kmalloc(sizeof(*floor->args), GFP_KERNEL);
	return floor->pages && floor->handles && floor->args ? 0 : -ENOMEM;
}

/* Frees the references if it fails. */
static int prepare(struct floor *floor)
{
	u32 i;
	int ret;

	ret = alloc_arrays(floor);
	if (!ret)
		ret = gnttab_alloc_pages(floor->count, floor->pages);
	if (ret) {
		free_arrays(floor);
		return ret;
	}
	for (i = 0; i < floor->count; i++)
		floor->handles[i] = INVALID_GRANT_HANDLE;
	return 0;
}

static u32 mapped(const struct floor *floor)
{
	u32 i, nr = 0;

	for (i = 0; i < floor->count; i++)
		nr += floor->handles[i] != INVALID_GRANT_HANDLE;
	return nr;
}

static int check(struct floor *floor)
{
	return mapped(floor) == floor->count ? 0 : -EREMOTEIO;
}

static int finish(struct floor *floor)
{
	u32 left = mapped(floor);

	if (left)
		pr_err("%u grants not unmapped, %u frames lost\n", left, floor->count);
	else
		gnttab_free_pages(floor->count, floor->pages);
	free_arrays(floor);
	return left ? -EREMOTEIO : 0;
}

/* ---- operations */

static int floor_prepare(struct floor *floor, void __user *user)
{
	struct floor_prepare args;

	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	if (!args.count || args.count > INT_MAX || args.domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	if (!args.map_batch || args.map_batch > MAX_BATCH || !args.unmap_batch ||
	    args.unmap_batch > MAX_BATCH)
		return -EINVAL;
	floor->refs = vmemdup_array_user(u64_to_user_ptr(args.refs), args.count,
					 sizeof(*floor->refs));
	if (IS_ERR(floor->refs))
		return PTR_ERR(floor->refs);
	floor->domid = args.domid;
	floor->count = args.count;
	floor->map_batch = args.map_batch;
	floor->unmap_batch = args.unmap_batch;
	return prepare(floor);
}

/* A step that fails is complete, so the next one follows. Only PREPARE can be repeated. */
static int floor_step(struct floor *floor, void __user *user)
{
	int ret;

	switch (floor->next) {
	case STEP_PREPARE:
		ret = floor_prepare(floor, user);
		if (!ret)
			floor->next = STEP_MAP;
		return ret;
	case STEP_MAP:
		floor->next = STEP_CHECK;
		return map_all(floor);
	case STEP_CHECK:
		floor->next = STEP_UNMAP;
		return check(floor);
	case STEP_UNMAP:
		floor->next = STEP_FINISH;
		return unmap_all(floor);
	case STEP_FINISH:
		floor->next = STEP_PREPARE;
		return finish(floor);
	}
	return -EINVAL;
}

static long floor_operation(struct floor *floor, unsigned int cmd, void __user *user)
{
	static const unsigned int operation[] = {
		[STEP_PREPARE] = FLOOR_PREPARE,
		[STEP_MAP] = FLOOR_MAP,
		[STEP_CHECK] = FLOOR_CHECK,
		[STEP_UNMAP] = FLOOR_UNMAP,
		[STEP_FINISH] = FLOOR_FINISH,
	};

	return cmd == operation[floor->next] ? floor_step(floor, user) : -EINVAL;
}

/* ---- the device */

static long floor_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct floor *floor = file->private_data;

	guard(mutex)(&floor->lock);
	return floor_operation(floor, cmd, (void __user *)arg);
}

static int floor_open(struct inode *inode, struct file *file)
{
	struct floor *floor;

	floor = kzalloc(sizeof(*floor), GFP_KERNEL);
	if (!floor)
		return -ENOMEM;
	mutex_init(&floor->lock);
	file->private_data = floor;
	return 0;
}

static int floor_release(struct inode *inode, struct file *file)
{
	struct floor *floor = file->private_data;

	/* After PREPARE nothing is mapped yet, so skip MAP. */
	if (floor->next == STEP_MAP)
		floor->next = STEP_CHECK;
	while (floor->next != STEP_PREPARE)
		floor_step(floor, NULL);
	mutex_destroy(&floor->lock);
	kfree(floor);
	return 0;
}

static const struct file_operations floor_fops = {
	.owner = THIS_MODULE,
	.open = floor_open,
	.release = floor_release,
	.unlocked_ioctl = floor_ioctl,
};

static struct miscdevice floor_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen-test-floor",
	.mode = 0600,
	.fops = &floor_fops,
};

static int __init test_floor_init(void)
{
	if (!xen_domain())
		return -ENODEV;
	return misc_register(&floor_device);
}

static void __exit test_floor_exit(void)
{
	misc_deregister(&floor_device);
}

module_init(test_floor_init);
module_exit(test_floor_exit);

MODULE_DESCRIPTION("Bare hypercalls that map and unmap grants, for benchmarks");
MODULE_LICENSE("GPL");
