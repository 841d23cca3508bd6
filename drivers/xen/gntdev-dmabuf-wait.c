// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: waiting until a buffer is released, and being
 * told by an eventfd.
 */

#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/slab.h>
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

/**
 * struct gntdev_dmabuf_listener - an eventfd to be signalled when a buffer is released
 * @node: in the buffer's list
 * @eventfd: the eventfd, with a reference
 */
struct gntdev_dmabuf_listener {
	struct list_head node;
	struct eventfd_ctx *eventfd;
};

static struct gntdev_dmabuf_listener *listener_create(int fd)
{
	struct gntdev_dmabuf_listener *listener;
	struct eventfd_ctx *eventfd;

	eventfd = eventfd_ctx_fdget(fd);
	if (IS_ERR(eventfd))
		return ERR_CAST(eventfd);

	listener = kmalloc_obj(*listener, GFP_KERNEL_ACCOUNT);
	if (!listener) {
		eventfd_ctx_put(eventfd);
		return ERR_PTR(-ENOMEM);
	}
	listener->eventfd = eventfd;
	return listener;
}

static void listener_free(struct gntdev_dmabuf_listener *listener)
{
	eventfd_ctx_put(listener->eventfd);
	kfree(listener);
}

static void listener_signal(struct gntdev_dmabuf_listener *listener)
{
	eventfd_signal(listener->eventfd);
	listener_free(listener);
}

static struct gntdev_dmabuf_listener *
find_listener(struct gntdev_dmabuf_obj *obj, struct eventfd_ctx *eventfd)
{
	struct gntdev_dmabuf_listener *listener;

	lockdep_assert_held(&obj->waiters.lock);

	list_for_each_entry(listener, &obj->listeners, node)
		if (listener->eventfd == eventfd)
			return listener;
	return NULL;
}

static void append_listener(struct gntdev_dmabuf_obj *obj,
			    struct gntdev_dmabuf_listener *listener)
{
	lockdep_assert_held(&obj->waiters.lock);

	list_add_tail(&listener->node, &obj->listeners);
	obj->nr_listeners++;
}

static void remove_listener(struct gntdev_dmabuf_obj *obj,
			    struct gntdev_dmabuf_listener *listener)
{
	lockdep_assert_held(&obj->waiters.lock);

	list_del(&listener->node);
	obj->nr_listeners--;
}

/* Bounds the time that NOTIFY searches the list with interrupts off. */
#define MAX_LISTENERS	64

/* Return: 0 if the buffer has taken over @listener, 1 if it is released, or a negative errno */
static int add_listener(struct gntdev_dmabuf_obj *obj,
			struct gntdev_dmabuf_listener *listener)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&obj->waiters.lock, flags);
	if (obj_is_released(obj))
		ret = 1;
	else if (find_listener(obj, listener->eventfd))
		ret = -EEXIST;
	else if (obj->nr_listeners == MAX_LISTENERS)
		ret = -EDQUOT;
	else
		append_listener(obj, listener);
	spin_unlock_irqrestore(&obj->waiters.lock, flags);
	return ret;
}

/**
 * gntdev_dmabuf_notify - the operation NOTIFY
 * @ctx: the context
 * @id: the buffer's id
 * @fd: the eventfd's descriptor
 *
 * Return: 0 or a negative errno
 */
int gntdev_dmabuf_notify(struct gntdev_dmabuf_ctx *ctx, u64 id, int fd)
{
	struct gntdev_dmabuf_listener *listener;
	struct gntdev_dmabuf_obj *obj;
	int ret = 1;

	obj = gntdev_dmabuf_obj_get(ctx, id);
	if (IS_ERR(obj))
		return PTR_ERR(obj);

	listener = listener_create(fd);
	if (IS_ERR(listener)) {
		ret = PTR_ERR(listener);
		goto put_obj;
	}

	if (obj)
		ret = add_listener(obj, listener);
	if (ret > 0) {
		listener_signal(listener);
		ret = 0;
	} else if (ret < 0) {
		listener_free(listener);
	}

put_obj:
	if (obj)
		gntdev_dmabuf_obj_put(obj);
	return ret;
}

static struct gntdev_dmabuf_listener *
take_listener(struct gntdev_dmabuf_obj *obj, struct eventfd_ctx *eventfd)
{
	struct gntdev_dmabuf_listener *listener;
	unsigned long flags;

	spin_lock_irqsave(&obj->waiters.lock, flags);
	listener = find_listener(obj, eventfd);
	if (listener)
		remove_listener(obj, listener);
	spin_unlock_irqrestore(&obj->waiters.lock, flags);
	return listener;
}

/**
 * gntdev_dmabuf_unnotify - the operation NOTIFY with REMOVE
 * @ctx: the context
 * @id: the buffer's id
 * @fd: the eventfd's descriptor
 *
 * Return: 0, -ENOENT if the eventfd is not to be signalled, or another negative errno
 */
int gntdev_dmabuf_unnotify(struct gntdev_dmabuf_ctx *ctx, u64 id, int fd)
{
	struct gntdev_dmabuf_listener *listener = NULL;
	struct eventfd_ctx *eventfd;
	struct gntdev_dmabuf_obj *obj;
	int err = 0;

	obj = gntdev_dmabuf_obj_get(ctx, id);
	if (IS_ERR(obj))
		return PTR_ERR(obj);

	eventfd = eventfd_ctx_fdget(fd);
	if (IS_ERR(eventfd)) {
		err = PTR_ERR(eventfd);
		goto put_obj;
	}

	if (obj)
		listener = take_listener(obj, eventfd);
	if (listener)
		listener_free(listener);
	else
		err = -ENOENT;
	eventfd_ctx_put(eventfd);

put_obj:
	if (obj)
		gntdev_dmabuf_obj_put(obj);
	return err;
}

/**
 * gntdev_dmabuf_wake - wake all waiters and signal all eventfds of a released buffer
 * @obj: the buffer, in state RELEASED
 */
void gntdev_dmabuf_wake(struct gntdev_dmabuf_obj *obj)
{
	struct gntdev_dmabuf_listener *listener, *next;
	LIST_HEAD(listeners);

	scoped_guard(spinlock_irqsave, &obj->waiters.lock)
		list_splice_init(&obj->listeners, &listeners);
	wake_up_all(&obj->waiters);
	list_for_each_entry_safe(listener, next, &listeners, node)
		listener_signal(listener);
}

/**
 * gntdev_dmabuf_forget_listeners - drop the eventfds of a buffer that is freed
 * @obj: the buffer. Only one that could not be released has eventfds left
 */
void gntdev_dmabuf_forget_listeners(struct gntdev_dmabuf_obj *obj)
{
	struct gntdev_dmabuf_listener *listener, *next;

	list_for_each_entry_safe(listener, next, &obj->listeners, node)
		listener_free(listener);
}
