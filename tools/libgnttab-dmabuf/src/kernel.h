/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The operations of the kernel, in the library's terms. Only kernel.c and old.c know the layouts
 * of the ioctls. All functions return 0, or -1 with errno set; ENOTTY if the kernel does not know
 * the operation. @gntdev is the descriptor of a gntdev file.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdint.h>

struct xengnttab_dmabuf_info;

/* The operations of xen/gntdev_dmabuf.h. They set @id, @fd, @count, @first_offset on success. */
struct kernel_export {
	uint32_t domid, flags, count;
	const uint32_t *refs;
	int16_t *status;
	uint64_t id;
	int fd;
};

int kernel_export(int gntdev, struct kernel_export *export);

/* @count is also set if errno is ENOBUFS: the number of references that are needed. */
struct kernel_import {
	uint32_t domid, flags;
	int fd;
	uint64_t offset, length;
	uint32_t *refs;
	uint32_t capacity;
	uint32_t count;
	uint64_t id;
	uint32_t first_offset;
};

int kernel_import(int gntdev, struct kernel_import *import);

int kernel_revoke(int gntdev, uint64_t id);

/* @timeout_ms as in xengnttab_dmabuf_wait(). */
int kernel_wait(int gntdev, uint64_t id, int timeout_ms);

int kernel_notify(int gntdev, uint64_t id, int event);
int kernel_notify_remove(int gntdev, uint64_t id, int event);

/* Fills all members but @info->size. */
int kernel_query(int gntdev, uint64_t id, struct xengnttab_dmabuf_info *info);

/* XENGNTTAB_DMABUF_CAP_* of these operations. */
int kernel_capabilities(int gntdev, uint32_t *caps);

/*
 * The ioctls of Linux 4.19. They name a buffer by the number that a descriptor had when the buffer
 * was made. @name is a descriptor with that number, which the library keeps open: the number
 * cannot become the name of another buffer.
 */
int old_export(int gntdev, uint32_t domid, const uint32_t *refs, uint32_t count, int *fd,
	       int *name);
int old_export_wait(int gntdev, int name, int timeout_ms);

/* Grants a whole dma-buf of @count pages. */
int old_import(int gntdev, uint32_t domid, int fd, uint32_t *refs, uint32_t count, int *name);
int old_import_release(int gntdev, int name);

int old_capabilities(int gntdev, uint32_t *caps);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t now_ns(void);

#endif /* KERNEL_H */
