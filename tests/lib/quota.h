/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The limits of the gntdev module for shared dma-bufs, and the present use.
 */

#ifndef TESTS_QUOTA_H
#define TESTS_QUOTA_H

#include <stdint.h>

#define GNTDEV_PARAMETERS	"/sys/module/xen_gntdev/parameters/"

/*
 * Limits in pages, 0: none. Of a user's exports, of exports from a peer, of a user's mappings (PV),
 * and of all exports and mappings together.
 */
#define EXPORT_LIMIT_USER	GNTDEV_PARAMETERS "export_limit_user"
#define EXPORT_LIMIT_DOMAIN	GNTDEV_PARAMETERS "export_limit_domain"
#define MMAP_LIMIT_USER		GNTDEV_PARAMETERS "mmap_limit_user"
#define MAPPING_LIMIT		GNTDEV_PARAMETERS "mapping_limit"

/* Of a user's imports, of imports for a peer; all imports together: half of the grant table. */
#define IMPORT_LIMIT_USER	GNTDEV_PARAMETERS "import_limit_user"
#define IMPORT_LIMIT_DOMAIN	GNTDEV_PARAMETERS "import_limit_domain"
long import_limit(void);

/* Pages in use, as the kernel tells them. Ends the case if it does not. */
long exported_pages(void);
long exported_pages_of(uint32_t domid);
long exported_pages_of_user(uint32_t uid);
long imported_pages(void);
long imported_pages_of(uint32_t domid);
long imported_pages_of_user(uint32_t uid);
long mmap_pages(void);
long mmap_pages_of_user(uint32_t uid);

#endif /* TESTS_QUOTA_H */
