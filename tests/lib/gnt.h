/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Grants in a program: thin wrappers of /dev/xen/gntdev and /dev/xen/gntalloc, and pages of
 * references. The functions return -1 with errno set on failure, and print nothing.
 */

#ifndef TESTS_GNT_H
#define TESTS_GNT_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/gntdev_dmabuf.h>

/* Opens /dev/xen/gntdev. */
int gntdev_open(void);

int gntdev_export(int gntdev, struct gntdev_dmabuf_export *args);
int gntdev_import(int gntdev, struct gntdev_dmabuf_import *args);
int gntdev_wait(int gntdev, uint64_t id, uint64_t deadline);
int gntdev_query(int gntdev, uint64_t id, struct gntdev_dmabuf_query *answer);
int gntdev_revoke(int gntdev, uint64_t id);
int gntdev_notify(int gntdev, uint64_t id, int eventfd);
int gntdev_unnotify(int gntdev, uint64_t id, int eventfd);

/* Fills in the arguments of EXPORT for these references, without flags. */
struct gntdev_dmabuf_export gntdev_export_args(uint32_t domid,
					       const uint32_t *refs,
					       uint32_t count);

/* Fills in the arguments of IMPORT for a whole dma-buf, without flags. */
struct gntdev_dmabuf_import gntdev_import_args(uint32_t domid, int dmabuf,
					       uint32_t *refs, uint32_t capacity);

/* The old ioctls. */
int gntdev_old_export(int gntdev, uint32_t flags, uint32_t domid,
		      const uint32_t *refs, uint32_t count);
int gntdev_old_wait(int gntdev, uint32_t fd, uint32_t ms);
#define GNTDEV_OLD_WAIT_FOREVER	0xffffffffU

/* The limit of the old export, and its flags (GNTDEV_DMA_FLAG_* of gntdev.h). */
#define GNTDEV_OLD_MAX_PAGES	65536U
#define GNTDEV_OLD_FLAG_WC		(1U << 0)
#define GNTDEV_OLD_FLAG_COHERENT	(1U << 1)

/* The old export in parts, for callers that choose the memory of its arguments. */
size_t gntdev_old_export_size(uint32_t count);
void gntdev_old_export_fill(void *args, uint32_t flags, uint32_t domid,
			    const uint32_t *refs, uint32_t count);
int gntdev_old_export_raw(int gntdev, void *args);

/* The old import of a dma-buf, which fills @refs, and its release by the same descriptor. */
int gntdev_old_import(int gntdev, int fd, uint32_t domid, uint32_t *refs,
		      uint32_t count);
int gntdev_old_import_release(int gntdev, int fd);

/* For a caller that chooses the memory of the arguments, of which the references are the end. */
int gntdev_old_import_raw(int gntdev, void *memory, int fd, uint32_t domid,
			  uint32_t count);

/* Map granted pages with MAP_GRANT_REF and mmap(), and unmap them. */
void *gntdev_map(int gntdev, uint32_t domid, const uint32_t *refs,
		 uint32_t count, int prot, uint64_t *index);
int gntdev_unmap(int gntdev, void *memory, uint32_t count, uint64_t index);
int gntdev_unmap_ref(int gntdev, uint64_t index, uint32_t count);

/* Begin or end an access by the CPU; @flags are those of linux/dma-buf.h. */
int dmabuf_sync(int dmabuf, uint64_t flags);

/**
 * struct gnt_area - memory of this domain, granted to another
 * @fd: an open /dev/xen/gntalloc, for this area only
 * @count: number of pages
 * @refs: one grant reference per page
 * @memory: address of its mapping in this process
 */
struct gnt_area {
	int fd;
	uint32_t count;
	uint32_t *refs;
	void *memory;
};

int gnt_area_share(struct gnt_area *area, uint16_t domid, uint32_t count,
		   bool writable);

/*
 * Unmaps the memory and ends the grants. The kernel keeps the grants that the peer still maps,
 * with their pages.
 */
void gnt_area_free(struct gnt_area *area);

/*
 * A list of references is passed to the peer as one reference. It is the reference of the first
 * page of a chain; each page is a struct gnt_dir (like the page directory of displif).
 */
#define GNT_DIR_REFS	1023

struct gnt_dir {
	uint32_t next;		/* reference of the next page; 0 in the last page */
	uint32_t refs[GNT_DIR_REFS];
};

int gnt_dir_share(struct gnt_area *dir, uint16_t domid, const uint32_t *refs,
		  uint32_t count);
int gnt_dir_read(uint32_t domid, uint32_t head, uint32_t *refs, uint32_t count);

#endif /* TESTS_GNT_H */
