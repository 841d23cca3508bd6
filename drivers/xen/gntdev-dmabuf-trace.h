/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sharing of dma-bufs between Xen domains: trace events.
 */

#undef TRACE_SYSTEM
#define TRACE_SYSTEM xen_gntdev

#if !defined(_GNTDEV_DMABUF_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _GNTDEV_DMABUF_TRACE_H

#include <linux/device.h>
#include <linux/tracepoint.h>
#include <linux/types.h>

#include <xen/gntdev_dmabuf.h>

TRACE_EVENT(gntdev_dmabuf_state,
	TP_PROTO(u64 id, u16 domid, u32 state),
	TP_ARGS(id, domid, state),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u16, domid)
		__field(u32, state)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->domid = domid;
		__entry->state = state;
	),
	TP_printk("id=%llu domid=%u state=%s", __entry->id, __entry->domid,
		  __print_symbolic(__entry->state,
				   { GNTDEV_DMABUF_STATE_LIVE, "live" },
				   { GNTDEV_DMABUF_STATE_REVOKING, "revoking" },
				   { GNTDEV_DMABUF_STATE_UNMAPPING, "unmapping" },
				   { GNTDEV_DMABUF_STATE_RELEASED, "released" },
				   { GNTDEV_DMABUF_STATE_ENDING, "ending" }))
);

TRACE_EVENT(gntdev_dmabuf_map_refs,
	TP_PROTO(u16 domid, unsigned int count, unsigned int bad),
	TP_ARGS(domid, count, bad),
	TP_STRUCT__entry(
		__field(u16, domid)
		__field(unsigned int, count)
		__field(unsigned int, bad)
	),
	TP_fast_assign(
		__entry->domid = domid;
		__entry->count = count;
		__entry->bad = bad;
	),
	TP_printk("domid=%u count=%u bad=%u", __entry->domid, __entry->count,
		  __entry->bad)
);

TRACE_EVENT(gntdev_dmabuf_map_device,
	TP_PROTO(u64 id, struct device *dev, unsigned int nents),
	TP_ARGS(id, dev, nents),
	TP_STRUCT__entry(
		__field(u64, id)
		__string(device, dev_name(dev))
		__field(unsigned int, nents)
	),
	TP_fast_assign(
		__entry->id = id;
		__assign_str(device);
		__entry->nents = nents;
	),
	TP_printk("id=%llu device=%s nents=%u", __entry->id,
		  __get_str(device), __entry->nents)
);

TRACE_EVENT(gntdev_dmabuf_grant_refs,
	TP_PROTO(u16 domid, unsigned int count),
	TP_ARGS(domid, count),
	TP_STRUCT__entry(
		__field(u16, domid)
		__field(unsigned int, count)
	),
	TP_fast_assign(
		__entry->domid = domid;
		__entry->count = count;
	),
	TP_printk("domid=%u count=%u", __entry->domid, __entry->count)
);

TRACE_EVENT(gntdev_dmabuf_end_refs,
	TP_PROTO(u16 domid, unsigned int ended, unsigned int left),
	TP_ARGS(domid, ended, left),
	TP_STRUCT__entry(
		__field(u16, domid)
		__field(unsigned int, ended)
		__field(unsigned int, left)
	),
	TP_fast_assign(
		__entry->domid = domid;
		__entry->ended = ended;
		__entry->left = left;
	),
	TP_printk("domid=%u ended=%u left=%u", __entry->domid, __entry->ended,
		  __entry->left)
);

#endif /* _GNTDEV_DMABUF_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH ../../drivers/xen
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE gntdev-dmabuf-trace
#include <trace/define_trace.h>
