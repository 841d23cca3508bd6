/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A gntdev that maps nothing. It takes the place of the C library's ioctl().
 */
#ifndef HOST_LIBRARY_GNTDEV_H
#define HOST_LIBRARY_GNTDEV_H

#include <xengnttab.h>

/* To be called first. */
void fake_open(void);

/* The handle to use. */
extern xengnttab_handle *const fake_xgt;

/* References from here on are bad ones. */
#define BAD_REF		0xffff0000U

/* Calls of EXPORT that succeeded. */
extern unsigned long exports;

#endif /* HOST_LIBRARY_GNTDEV_H */
