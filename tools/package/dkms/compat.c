// SPDX-License-Identifier: GPL-2.0
/*
 * What the series adds to the kernel itself, see compat.h.
 */

#include <linux/interrupt.h>
#include <linux/workqueue.h>

#include <asm/xen/hypercall.h>
#include <xen/events.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/grant_table.h>
#include <xen/page.h>

#undef xen_resume_notifier_register
#undef xen_resume_notifier_unregister

unsigned int gnttab_max_references(void)
{
	struct gnttab_get_version op = { .dom = DOMID_SELF };
	size_t entry = sizeof(struct grant_entry_v1);

	if (!HYPERVISOR_grant_table_op(GNTTABOP_get_version, &op, 1) &&
	    op.version == 2)
		entry = sizeof(union grant_entry_v2);
	return gnttab_max_grant_frames() * (XEN_PAGE_SIZE / entry);
}

/*
 * After a restore, the kernel forgets the interrupts of all event channels. After a cancelled
 * suspend it does not. So an event channel of our own, which nothing sends to, tells which it was.
 */
static struct notifier_block *resume_user;
static evtchn_port_t witness;
static int witness_irq = -1;

static irqreturn_t witness_handler(int irq, void *unused)
{
	return IRQ_HANDLED;
}

static void witness_open(void)
{
	struct evtchn_alloc_unbound alloc = {
		.dom = DOMID_SELF, .remote_dom = DOMID_SELF,
	};

	witness_irq = -1;
	if (HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &alloc))
		return;
	witness = alloc.port;
	witness_irq = bind_evtchn_to_irqhandler(witness, witness_handler, 0,
						"gntdev-resume", &witness);
	if (witness_irq < 0) {
		struct evtchn_close close = { .port = witness };

		HYPERVISOR_event_channel_op(EVTCHNOP_close, &close);
	}
}

static void witness_close(void)
{
	if (witness_irq >= 0)
		unbind_from_irqhandler(witness_irq, &witness);
	witness_irq = -1;
}

static void witness_renew(struct work_struct *work)
{
	witness_close();
	witness_open();
}

static DECLARE_WORK(witness_work, witness_renew);

static int resumed(struct notifier_block *nb, unsigned long unused, void *data)
{
	bool cancelled = witness_irq >= 0 &&
			 irq_from_evtchn(witness) == witness_irq;

	if (!cancelled)
		queue_work(system_freezable_wq, &witness_work);
	return resume_user->notifier_call(resume_user, cancelled, data);
}

static struct notifier_block resumed_nb = {
	.notifier_call = resumed,
};

void compat_resume_notifier_register(struct notifier_block *nb)
{
	resume_user = nb;
	resumed_nb.priority = nb->priority;
	witness_open();
	xen_resume_notifier_register(&resumed_nb);
}

void compat_resume_notifier_unregister(struct notifier_block *nb)
{
	xen_resume_notifier_unregister(&resumed_nb);
	cancel_work_sync(&witness_work);
	witness_close();
}
