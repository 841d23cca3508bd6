// SPDX-License-Identifier: GPL-2.0
/*
 * Makes Xen give or take fewer frames than the balloon driver requests. The hypercalls and their
 * results are real, only the number of requested frames is reduced.
 *
 *   /sys/module/test_short_reservation/parameters/decrease
 *   /sys/module/test_short_reservation/parameters/increase
 *
 * Each parameter is the number of frames that xenmem_reservation_decrease() or
 * xenmem_reservation_increase() may still request, in all calls together. -1: no limit.
 */

#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include <xen/xen.h>

#define NOT_IN_THE_WAY	(-1)

static atomic_t decrease = ATOMIC_INIT(NOT_IN_THE_WAY);
static atomic_t increase = ATOMIC_INIT(NOT_IN_THE_WAY);

static int budget_set(const char *text, const struct kernel_param *param)
{
	int ret, frames;

	ret = kstrtoint(text, 0, &frames);
	if (ret)
		return ret;
	if (frames < NOT_IN_THE_WAY)
		return -EINVAL;
	atomic_set(param->arg, frames);
	return 0;
}

static int budget_get(char *text, const struct kernel_param *param)
{
	return sysfs_emit(text, "%d\n", atomic_read(param->arg));
}

static const struct kernel_param_ops budget_ops = {
	.set = budget_set,
	.get = budget_get,
};

module_param_cb(decrease, &budget_ops, &decrease, 0644);
MODULE_PARM_DESC(decrease, "frames that may still be returned to Xen, -1: no limit");
module_param_cb(increase, &budget_ops, &increase, 0644);
MODULE_PARM_DESC(increase, "frames that may still be requested from Xen, -1: no limit");

/* Subtracts up to @wanted frames from the budget. Returns how many. */
static int take(atomic_t *budget, int wanted)
{
	int left = atomic_read(budget);
	int taken;

	do {
		if (left == NOT_IN_THE_WAY)
			return wanted;
		taken = min(left, wanted);
	} while (!atomic_try_cmpxchg(budget, &left, left - taken));
	return taken;
}

/* The first argument of both functions is int count. */
static void shorten(struct pt_regs *regs, atomic_t *budget)
{
#if defined(CONFIG_X86_64)
	regs->di = take(budget, (int)regs->di);
#elif defined(CONFIG_ARM64)
	regs->regs[0] = take(budget, (int)regs->regs[0]);
#else
#error "Which register holds the first argument?"
#endif
}

static int shorten_decrease(struct kprobe *probe, struct pt_regs *regs)
{
	shorten(regs, &decrease);
	return 0;
}

static int shorten_increase(struct kprobe *probe, struct pt_regs *regs)
{
	shorten(regs, &increase);
	return 0;
}

static struct kprobe probe_decrease = {
	.symbol_name = "xenmem_reservation_decrease",
	.pre_handler = shorten_decrease,
};

static struct kprobe probe_increase = {
	.symbol_name = "xenmem_reservation_increase",
	.pre_handler = shorten_increase,
};

static struct kprobe *probes[] = { &probe_decrease, &probe_increase };

static int __init test_short_reservation_init(void)
{
	if (!xen_domain())
		return -ENODEV;
	return register_kprobes(probes, ARRAY_SIZE(probes));
}

static void __exit test_short_reservation_exit(void)
{
	unregister_kprobes(probes, ARRAY_SIZE(probes));
}

module_init(test_short_reservation_init);
module_exit(test_short_reservation_exit);

MODULE_DESCRIPTION("Test: fewer frames than the balloon driver requests");
MODULE_LICENSE("GPL");
