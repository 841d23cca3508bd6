// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: waiting until a buffer is released.
 */

#include <linux/err.h>
#include <linux/ktime.h>
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
