/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Grants from a program: thin calls of /dev/xen/gntdev and /dev/xen/gntalloc, and
 * the page of references. They return -1 with errno set, and print nothing.
 */

#ifndef TESTS_GNT_H
#define TESTS_GNT_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/gntdev_dmabuf.h>

/* /dev/xen/gntdev. */
int gntdev_open(void);

int gntdev_export(int gntdev, struct gntdev_dmabuf_export *args);
int gntdev_wait(int gntdev, uint64_t id, uint64_t deadline);
int gntdev_query(int gntdev, uint64_t id, struct gntdev_dmabuf_query *answer);
int gntdev_revoke(int gntdev, uint64_t id);
int gntdev_notify(int gntdev, uint64_t id, int eventfd);
int gntdev_unnotify(int gntdev, uint64_t id, int eventfd);

/* The arguments of an export of these references, without flags. */
struct gntdev_dmabuf_export gntdev_export_args(uint32_t domid,
					       const uint32_t *refs,
					       uint32_t count);

/* The old ioctls. */
int gntdev_old_export(int gntdev, uint32_t flags, uint32_t domid,
		      const uint32_t *refs, uint32_t count);
int gntdev_old_wait(int gntdev, uint32_t fd, uint32_t ms);
#define GNTDEV_OLD_WAIT_FOREVER	0xffffffffU

/* What it limits itself to, and its flags: GNTDEV_DMA_FLAG_* of gntdev.h. */
#define GNTDEV_OLD_MAX_PAGES	65536U
#define GNTDEV_OLD_FLAG_WC		(1U << 0)
#define GNTDEV_OLD_FLAG_COHERENT	(1U << 1)

/* Its arguments, for who wants to place them himself, and the call. */
size_t gntdev_old_export_size(uint32_t count);
void gntdev_old_export_fill(void *args, uint32_t flags, uint32_t domid,
			    const uint32_t *refs, uint32_t count);
int gntdev_old_export_raw(int gntdev, void *args);

/* A dma-buf to references: @refs gets them. And the end of that, by the same descriptor. */
int gntdev_old_import(int gntdev, int fd, uint32_t domid, uint32_t *refs,
		      uint32_t count);
int gntdev_old_import_release(int gntdev, int fd);

/* Map granted pages as they always could be, and unmap them. */
void *gntdev_map(int gntdev, uint32_t domid, const uint32_t *refs,
		 uint32_t count, int prot, uint64_t *index);
int gntdev_unmap(int gntdev, void *memory, uint32_t count, uint64_t index);
int gntdev_unmap_ref(int gntdev, uint64_t index, uint32_t count);

/* Begin or end an access by the CPU: flags of linux/dma-buf.h. */
int dmabuf_sync(int dmabuf, uint64_t flags);

/**
 * struct gnt_area - memory of this domain, granted to another
 * @fd: its own open /dev/xen/gntalloc
 * @count: pages
 * @refs: one grant reference per page
 * @memory: where it is mapped in this process
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
 * Takes the memory out of this process and ends the grants. Those which the peer
 * still maps are kept, with their pages, by the kernel.
 */
void gnt_area_free(struct gnt_area *area);

/*
 * A list of references is handed over as one reference: that of the first page
 * of a chain, each of which is a struct gnt_dir (as in displif's page directory).
 */
#define GNT_DIR_REFS	1023

struct gnt_dir {
	uint32_t next;		/* the following page's reference; 0: the last */
	uint32_t refs[GNT_DIR_REFS];
};

int gnt_dir_share(struct gnt_area *dir, uint16_t domid, const uint32_t *refs,
		  uint32_t count);
int gnt_dir_read(uint32_t domid, uint32_t head, uint32_t *refs, uint32_t count);

#endif /* TESTS_GNT_H */
