/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Linux's header of the older ioctls, for a program. (Xen's tree has a copy of its own, which can
 * be included as it is.)
 */
#ifndef OLD_IOCTLS_H
#define OLD_IOCTLS_H

#include <stdint.h>

/* It uses types of the kernel in a structure that is not used here. */
typedef uint32_t grant_ref_t;
typedef uint16_t domid_t;
#define __user
#include <xen/gntdev.h>

#endif /* OLD_IOCTLS_H */
