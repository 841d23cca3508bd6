/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Xen's display protocol, with what its header expects of the program.
 */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include <stdint.h>

#define xen_mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb()	__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)
#define XEN_PAGE_SIZE	4096

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/io/displif.h>
#include <xen/io/xenbus.h>

#endif /* PROTOCOL_H */
