// SPDX-License-Identifier: GPL-2.0
/*
 * What Xen and the kernel's allocator answer only when something is wrong elsewhere. On
 * arm64, where hypercalls are functions.
 *
 *   /sys/module/test_faults/parameters/map_again
 *   /sys/module/test_faults/parameters/map_refused
 *   /sys/module/test_faults/parameters/unmap_refused
 *   /sys/module/test_faults/parameters/no_memory
 *
 * hold how often that is still to happen: operations that map a grant and are answered with
 * GNTST_eagain, as if the peer's pager had the page; hypercalls to map grants that fail as a
 * whole; operations that unmap one and are refused; small allocations that fail. Xen gets to
 * see none of these operations. Maps and allocations are those of the process that wrote the
 * number.
 *
 *   /sys/module/test_faults/parameters/cache_flushes
 *
 * counts the pages whose caches Xen was asked to clean or to invalidate, by anybody.
 */

#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>

#include <xen/interface/grant_table.h>
#include <xen/xen.h>

/**
 * struct fault - what is to go wrong
 * @left: how often
 * @tgid: of the process that asked for it
 */
struct fault {
	atomic_t left;
	pid_t tgid;
};

static struct fault map_again, map_refused, unmap_refused, no_memory;

static int fault_set(const char *text, const struct kernel_param *param)
{
	struct fault *fault = param->arg;
	int ret, left;

	ret = kstrtoint(text, 0, &left);
	if (ret)
		return ret;
	if (left < 0)
		return -EINVAL;
	WRITE_ONCE(fault->tgid, current->tgid);
	atomic_set(&fault->left, left);
	return 0;
}

static int fault_get(char *text, const struct kernel_param *param)
{
	struct fault *fault = param->arg;

	return sysfs_emit(text, "%d\n", atomic_read(&fault->left));
}

static const struct kernel_param_ops fault_ops = {
	.set = fault_set,
	.get = fault_get,
};

module_param_cb(map_again, &fault_ops, &map_again, 0644);
MODULE_PARM_DESC(map_again, "map operations of this process to be answered with GNTST_eagain");
module_param_cb(map_refused, &fault_ops, &map_refused, 0644);
MODULE_PARM_DESC(map_refused, "hypercalls of this process to map grants that fail");
module_param_cb(unmap_refused, &fault_ops, &unmap_refused, 0644);
MODULE_PARM_DESC(unmap_refused, "unmap operations to be refused");
module_param_cb(no_memory, &fault_ops, &no_memory, 0644);
MODULE_PARM_DESC(no_memory, "small allocations of this process to fail");

static atomic_t cache_flushes;

static int count_set(const char *text, const struct kernel_param *param)
{
	int ret, count;

	ret = kstrtoint(text, 0, &count);
	if (!ret)
		atomic_set(&cache_flushes, count);
	return ret;
}

static int count_get(char *text, const struct kernel_param *param)
{
	return sysfs_emit(text, "%d\n", atomic_read(&cache_flushes));
}

static const struct kernel_param_ops count_ops = {
	.set = count_set,
	.get = count_get,
};

module_param_cb(cache_flushes, &count_ops, NULL, 0644);
MODULE_PARM_DESC(cache_flushes, "pages whose caches Xen was asked to clean or invalidate");

static bool is_of_this_process(const struct fault *fault)
{
	return READ_ONCE(fault->tgid) == current->tgid;
}

/* Is it to happen now? All of so many at once, or none. */
static bool take(struct fault *fault, int nr)
{
	int left = atomic_read(&fault->left);

	do {
		if (left < nr)
			return false;
	} while (!atomic_try_cmpxchg(&fault->left, &left, left - nr));
	return nr > 0;
}

/* The probed function returns at once. */
static int skip(struct pt_regs *regs, unsigned long value)
{
	regs_set_return_value(regs, value);
	instruction_pointer_set(regs, procedure_link_pointer(regs));
	return 1;
}

static int answer_map(struct pt_regs *regs)
{
	struct gnttab_map_grant_ref *ops = (void *)regs->regs[1];
	unsigned int i, nr = regs->regs[2];

	if (is_of_this_process(&map_refused) && take(&map_refused, 1))
		return skip(regs, -EFAULT);
	if (!is_of_this_process(&map_again) || !take(&map_again, nr))
		return 0;
	for (i = 0; i < nr; i++)
		ops[i].status = GNTST_eagain;
	return skip(regs, 0);
}

static int answer_unmap(struct pt_regs *regs)
{
	struct gnttab_unmap_grant_ref *ops = (void *)regs->regs[1];
	unsigned int i, nr = regs->regs[2];

	if (!take(&unmap_refused, nr))
		return 0;
	for (i = 0; i < nr; i++)
		ops[i].status = GNTST_general_error;
	return skip(regs, 0);
}

static int grant_table_op(struct kprobe *probe, struct pt_regs *regs)
{
	switch (regs->regs[0]) {
	case GNTTABOP_map_grant_ref:
		return answer_map(regs);
	case GNTTABOP_unmap_grant_ref:
		return answer_unmap(regs);
	case GNTTABOP_cache_flush:
		atomic_add(regs->regs[2], &cache_flushes);
		return 0;
	default:
		return 0;
	}
}

static int small_alloc(struct kprobe *probe, struct pt_regs *regs)
{
	if (!is_of_this_process(&no_memory) || !take(&no_memory, 1))
		return 0;
	return skip(regs, 0);
}

static struct kprobe probe_grant_table_op = {
	.symbol_name = "HYPERVISOR_grant_table_op",
	.pre_handler = grant_table_op,
};

static struct kprobe probe_small_alloc = {
	.symbol_name = "__kmalloc_cache_noprof",
	.pre_handler = small_alloc,
};

static struct kprobe *probes[] = { &probe_grant_table_op, &probe_small_alloc };

static int __init test_faults_init(void)
{
	if (!xen_domain())
		return -ENODEV;
	return register_kprobes(probes, ARRAY_SIZE(probes));
}

static void __exit test_faults_exit(void)
{
	unregister_kprobes(probes, ARRAY_SIZE(probes));
}

module_init(test_faults_init);
module_exit(test_faults_exit);

MODULE_DESCRIPTION("Test: answers that are given only when something is wrong elsewhere");
MODULE_LICENSE("GPL");
