/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The gntdev module's limits of shared dma-bufs, and what is in use.
 */

#ifndef TESTS_QUOTA_H
#define TESTS_QUOTA_H

#include <stdint.h>

#define GNTDEV_PARAMETERS	"/sys/module/xen_gntdev/parameters/"

/* Pages: on one gntdev file, of one peer, mapped by processes of a PV domain. 0: any. */
#define EXPORT_LIMIT_FILE	GNTDEV_PARAMETERS "export_limit_file"
#define EXPORT_LIMIT_DOMAIN	GNTDEV_PARAMETERS "export_limit_domain"
#define MMAP_LIMIT		GNTDEV_PARAMETERS "mmap_limit"

/* What the kernel says of pages that are in use. Ends the case if it says nothing. */
long exported_pages(void);
long exported_pages_of(uint32_t domid);
long mmap_pages(void);

#endif /* TESTS_QUOTA_H */
