// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: waiting until a buffer is released, and being
 * told by an eventfd.
 */

#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "gntdev-dmabuf-private.h"

static bool obj_is_released(struct gntdev_dmabuf_obj *obj)
{
	return gntdev_dmabuf_obj_state(obj) == GNTDEV_DMABUF_STATE_RELEASED;
}

static int obj_wait(struct gntdev_dmabuf_obj *obj, u64 deadline)
{
	ktime_t timeout = KTIME_MAX;
	int err;

	if (obj_is_released(obj))
		return 0;

	if (deadline < KTIME_MAX) {
		timeout = ktime_sub(deadline, ktime_get());
		if (timeout <= 0)
			return -ETIMEDOUT;
	}

	err = wait_event_interruptible_hrtimeout(obj->waiters,
						 obj_is_released(obj), timeout);
	return err == -ETIME ? -ETIMEDOUT : err;
}

/**
 * gntdev_dmabuf_wait - the operation WAIT
 * @ctx: the context
 * @id: the buffer's id
 * @deadline: CLOCK_MONOTONIC in nanoseconds. What is beyond the range of that
 *            clock is no limit
 *
 * Return: 0 when the buffer is released, -ENOENT if there never was one, -ETIMEDOUT
 * after the deadline, -ERESTARTSYS on a signal. As the deadline is absolute the call
 * can be restarted as it is.
 */
int gntdev_dmabuf_wait(struct gntdev_dmabuf_ctx *ctx, u64 id, u64 deadline)
{
	struct gntdev_dmabuf_obj *obj;
	int err;

	obj = gntdev_dmabuf_obj_get(ctx, id);
	if (IS_ERR_OR_NULL(obj))
		return PTR_ERR_OR_ZERO(obj);

	err = obj_wait(obj, deadline);
	gntdev_dmabuf_obj_put(obj);
	return err;
}

/**
 * gntdev_dmabuf_wait_killable - wait as the older ioctl does
 * @obj: the buffer
 * @ms: how long, in milliseconds; ~0: no limit
 *
 * Its users do not expect to be interrupted: only a fatal signal does that. The wait does
 * not keep the tasks from being frozen, or the domain could not be saved.
 *
 * Return: 0 when the buffer is released, -ETIMEDOUT, or -ERESTARTSYS if the task is being
 * killed
 */
int gntdev_dmabuf_wait_killable(struct gntdev_dmabuf_obj *obj, unsigned int ms)
{
	long left = ms == ~0U ? MAX_SCHEDULE_TIMEOUT : msecs_to_jiffies(ms);

	left = ___wait_event(obj->waiters,
			     ___wait_cond_timeout(obj_is_released(obj)),
			     (TASK_KILLABLE | TASK_FREEZABLE), 0, left,
			     __ret = schedule_timeout(__ret));
	if (left < 0)
		return left;
	return left ? 0 : -ETIMEDOUT;
}

/*
 * Gives the eventfd that was set back to the caller, to be put; or his own, to be signalled,
 * if the buffer is released.
 */
static int set_eventfd(struct gntdev_dmabuf_obj *obj,
		       struct eventfd_ctx **eventfd, bool *released)
{
	unsigned long flags;
	int err = 0;

	spin_lock_irqsave(&obj->waiters.lock, flags);
	*released = obj_is_released(obj);
	if (!*released && *eventfd && obj->eventfd)
		err = -EBUSY;
	else if (!*released)
		swap(obj->eventfd, *eventfd);
	spin_unlock_irqrestore(&obj->waiters.lock, flags);
	return err;
}

/**
 * gntdev_dmabuf_notify - the operation NOTIFY
 * @ctx: the context
 * @id: the buffer's id
 * @fd: the eventfd's descriptor, -1 to forget the one that is set
 *
 * Return: 0 or a negative errno
 */
int gntdev_dmabuf_notify(struct gntdev_dmabuf_ctx *ctx, u64 id, int fd)
{
	struct eventfd_ctx *eventfd = NULL;
	struct gntdev_dmabuf_obj *obj;
	bool released = true;
	int err = 0;

	obj = gntdev_dmabuf_obj_get(ctx, id);
	if (IS_ERR(obj))
		return PTR_ERR(obj);

	if (fd != -1) {
		eventfd = eventfd_ctx_fdget(fd);
		if (IS_ERR(eventfd)) {
			err = PTR_ERR(eventfd);
			eventfd = NULL;
			goto put_obj;
		}
	}

	if (obj)
		err = set_eventfd(obj, &eventfd, &released);
	if (released && eventfd)
		eventfd_signal(eventfd);

put_obj:
	if (eventfd)
		eventfd_ctx_put(eventfd);
	if (obj)
		gntdev_dmabuf_obj_put(obj);
	return err;
}

/**
 * gntdev_dmabuf_wake - tell everybody that a buffer is released
 * @obj: the buffer, whose state says so
 */
void gntdev_dmabuf_wake(struct gntdev_dmabuf_obj *obj)
{
	struct eventfd_ctx *eventfd;

	scoped_guard(spinlock_irqsave, &obj->waiters.lock) {
		eventfd = obj->eventfd;
		obj->eventfd = NULL;
	}
	wake_up_all(&obj->waiters);
	if (eventfd) {
		eventfd_signal(eventfd);
		eventfd_ctx_put(eventfd);
	}
}
