// SPDX-License-Identifier: GPL-2.0
/*
 * Injects faults of Xen and of the kernel's allocator. Only for arm64, where hypercalls are
 * functions that a kprobe can replace.
 *
 *   /sys/module/test_faults/parameters/map_again
 *   /sys/module/test_faults/parameters/map_refused
 *   /sys/module/test_faults/parameters/unmap_refused
 *   /sys/module/test_faults/parameters/no_memory
 *
 * Each parameter is the remaining number of faults:
 *   map_again      map operations that return GNTST_eagain, as if the peer's page were paged out
 *   map_refused    map hypercalls that fail as a whole
 *   unmap_refused  unmap operations that fail
 *   no_memory      small allocations that fail
 * Xen does not see these operations. Except for unmap_refused, the faults only apply to the
 * process that wrote the number.
 *
 *   /sys/module/test_faults/parameters/cache_flushes
 *   /sys/module/test_faults/parameters/cleaned
 *   /sys/module/test_faults/parameters/invalidated
 *
 * These count cache maintenance for all devices, in pages:
 *   cache_flushes  requested from Xen by hypercall
 *   cleaned        foreign pages that the kernel itself cleaned for a device
 *   invalidated    foreign pages that the kernel itself invalidated for the CPU
 */

#include <linux/atomic.h>
#include <linux/dma-direction.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pfn.h>
#include <linux/sched.h>

#include <xen/grant_table.h>
#include <xen/xen.h>

/**
 * struct fault - a fault to inject
 * @left: the remaining number of times
 * @tgid: of the process that requested it
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
MODULE_PARM_DESC(map_again, "map operations of this process that return GNTST_eagain");
module_param_cb(map_refused, &fault_ops, &map_refused, 0644);
MODULE_PARM_DESC(map_refused, "hypercalls of this process to map grants that fail");
module_param_cb(unmap_refused, &fault_ops, &unmap_refused, 0644);
MODULE_PARM_DESC(unmap_refused, "unmap operations that fail");
module_param_cb(no_memory, &fault_ops, &no_memory, 0644);
MODULE_PARM_DESC(no_memory, "small allocations of this process that fail");

static atomic_t cache_flushes, cleaned, invalidated;

static int count_set(const char *text, const struct kernel_param *param)
{
	int ret, count;

	ret = kstrtoint(text, 0, &count);
	if (!ret)
		atomic_set(param->arg, count);
	return ret;
}

static int count_get(char *text, const struct kernel_param *param)
{
	return sysfs_emit(text, "%d\n", atomic_read((atomic_t *)param->arg));
}

static const struct kernel_param_ops count_ops = {
	.set = count_set,
	.get = count_get,
};

module_param_cb(cache_flushes, &count_ops, &cache_flushes, 0644);
MODULE_PARM_DESC(cache_flushes, "pages that Xen was requested to clean or invalidate");
module_param_cb(cleaned, &count_ops, &cleaned, 0644);
MODULE_PARM_DESC(cleaned, "pages of other domains that were cleaned for a device");
module_param_cb(invalidated, &count_ops, &invalidated, 0644);
MODULE_PARM_DESC(invalidated, "pages of other domains that were invalidated for the CPU");

static bool is_of_this_process(const struct fault *fault)
{
	return READ_ONCE(fault->tgid) == current->tgid;
}

/* Takes @nr faults if at least that many remain, else none. */
static bool take(struct fault *fault, int nr)
{
	int left = atomic_read(&fault->left);

	do {
		if (left < nr)
			return false;
	} while (!atomic_try_cmpxchg(&fault->left, &left, left - nr));
	return nr > 0;
}

/* Makes the probed function return @value immediately. */
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

static unsigned int count_foreign(phys_addr_t start, size_t size)
{
	unsigned long pfn, end = PFN_UP(start + size);
	unsigned int count = 0;

	for (pfn = PHYS_PFN(start); pfn < end; pfn++)
		if (pfn_valid(pfn) && xen_page_foreign(pfn_to_page(pfn)))
			count++;
	return count;
}

static int sync_for_device(struct kprobe *probe, struct pt_regs *regs)
{
	atomic_add(count_foreign(regs->regs[0], regs->regs[1]), &cleaned);
	return 0;
}

/* The kernel does not invalidate pages that a device only reads. */
static int sync_for_cpu(struct kprobe *probe, struct pt_regs *regs)
{
	if (regs->regs[2] != DMA_TO_DEVICE)
		atomic_add(count_foreign(regs->regs[0], regs->regs[1]), &invalidated);
	return 0;
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

static struct kprobe probe_sync_for_device = {
	.symbol_name = "arch_sync_dma_for_device",
	.pre_handler = sync_for_device,
};

static struct kprobe probe_sync_for_cpu = {
	.symbol_name = "arch_sync_dma_for_cpu",
	.pre_handler = sync_for_cpu,
};

static struct kprobe *probes[] = {
	&probe_grant_table_op,
	&probe_small_alloc,
	&probe_sync_for_device,
	&probe_sync_for_cpu,
};

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

MODULE_DESCRIPTION("Test: injects faults of Xen and of the allocator");
MODULE_LICENSE("GPL");
