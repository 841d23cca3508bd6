/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the library uses of libxengnttab, which this machine may not have.
 */
#ifndef XENGNTTAB_H
#define XENGNTTAB_H

typedef struct xengntdev_handle xengnttab_handle;

int xengnttab_fd(xengnttab_handle *xgt);

#endif /* XENGNTTAB_H */
