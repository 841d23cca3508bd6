// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <xen/gntalloc.h>

#include "gnt.h"

/* gntdev.h uses types of the kernel in a structure that is not used here. */
typedef uint32_t grant_ref_t;
typedef uint16_t domid_t;
#define __user
#include <xen/gntdev.h>

#define PAGE	4096UL

int gntdev_open(void)
{
	return open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
}

int gntdev_export(int gntdev, struct gntdev_dmabuf_export *args)
{
	return ioctl(gntdev, GNTDEV_DMABUF_EXPORT, args);
}

int gntdev_import(int gntdev, struct gntdev_dmabuf_import *args)
{
	return ioctl(gntdev, GNTDEV_DMABUF_IMPORT, args);
}

int gntdev_wait(int gntdev, uint64_t id, uint64_t deadline)
{
	struct gntdev_dmabuf_wait args = {
		.size = sizeof(args),
		.id = id,
		.deadline = deadline,
	};

	return ioctl(gntdev, GNTDEV_DMABUF_WAIT, &args);
}

int gntdev_query(int gntdev, uint64_t id, struct gntdev_dmabuf_query *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->size = sizeof(*answer);
	answer->id = id;
	return ioctl(gntdev, GNTDEV_DMABUF_QUERY, answer);
}

int gntdev_revoke(int gntdev, uint64_t id)
{
	struct gntdev_dmabuf_revoke args = { .size = sizeof(args), .id = id };

	return ioctl(gntdev, GNTDEV_DMABUF_REVOKE, &args);
}

static int notify(int gntdev, uint64_t id, int eventfd, uint32_t flags)
{
	struct gntdev_dmabuf_notify args = {
		.size = sizeof(args),
		.flags = flags,
		.id = id,
		.eventfd = eventfd,
	};

	return ioctl(gntdev, GNTDEV_DMABUF_NOTIFY, &args);
}

int gntdev_notify(int gntdev, uint64_t id, int eventfd)
{
	return notify(gntdev, id, eventfd, 0);
}

int gntdev_unnotify(int gntdev, uint64_t id, int eventfd)
{
	return notify(gntdev, id, eventfd, GNTDEV_DMABUF_NOTIFY_REMOVE);
}

struct gntdev_dmabuf_export gntdev_export_args(uint32_t domid,
					       const uint32_t *refs,
					       uint32_t count)
{
	return (struct gntdev_dmabuf_export){
		.size = sizeof(struct gntdev_dmabuf_export),
		.domid = domid,
		.count = count,
		.refs = (uintptr_t)refs,
		.fd = -1,
	};
}

struct gntdev_dmabuf_import gntdev_import_args(uint32_t domid, int dmabuf,
					       uint32_t *refs, uint32_t capacity)
{
	return (struct gntdev_dmabuf_import){
		.size = sizeof(struct gntdev_dmabuf_import),
		.domid = domid,
		.fd = dmabuf,
		.refs = (uintptr_t)refs,
		.capacity = capacity,
	};
}

size_t gntdev_old_export_size(uint32_t count)
{
	return offsetof(struct ioctl_gntdev_dmabuf_exp_from_refs, refs) +
	       count * sizeof(uint32_t);
}

void gntdev_old_export_fill(void *at, uint32_t flags, uint32_t domid,
			    const uint32_t *refs, uint32_t count)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs *args = at;

	args->flags = flags;
	args->domid = domid;
	args->count = count;
	memcpy(args->refs, refs, count * sizeof(refs[0]));
}

int gntdev_old_export_raw(int gntdev, void *at)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs *args = at;

	if (ioctl(gntdev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, args))
		return -1;
	return (int)args->fd;
}

int gntdev_old_export(int gntdev, uint32_t flags, uint32_t domid,
		      const uint32_t *refs, uint32_t count)
{
	void *args;
	int ret;

	/* With count 0, still allocate the whole structure. */
	args = calloc(1, gntdev_old_export_size(count + 1));
	if (!args)
		return -1;
	gntdev_old_export_fill(args, flags, domid, refs, count);
	ret = gntdev_old_export_raw(gntdev, args);
	free(args);
	return ret;
}

int gntdev_old_import_raw(int gntdev, void *memory, int fd, uint32_t domid,
			  uint32_t count)
{
	struct ioctl_gntdev_dmabuf_imp_to_refs *args = memory;

	args->fd = (uint32_t)fd;
	args->domid = domid;
	args->count = count;
	args->reserved = 0;
	return ioctl(gntdev, IOCTL_GNTDEV_DMABUF_IMP_TO_REFS, args);
}

int gntdev_old_import(int gntdev, int fd, uint32_t domid, uint32_t *refs,
		      uint32_t count)
{
	struct ioctl_gntdev_dmabuf_imp_to_refs *args;
	int ret;

	args = calloc(1, sizeof(*args) + count * sizeof(refs[0]));
	if (!args)
		return -1;
	ret = gntdev_old_import_raw(gntdev, args, fd, domid, count);
	if (!ret)
		memcpy(refs, args->refs, count * sizeof(refs[0]));
	free(args);
	return ret;
}

int gntdev_old_import_release(int gntdev, int fd)
{
	struct ioctl_gntdev_dmabuf_imp_release args = { .fd = (uint32_t)fd };

	return ioctl(gntdev, IOCTL_GNTDEV_DMABUF_IMP_RELEASE, &args);
}

int gntdev_old_wait(int gntdev, uint32_t fd, uint32_t ms)
{
	struct ioctl_gntdev_dmabuf_exp_wait_released args = {
		.fd = fd,
		.wait_to_ms = ms,
	};

	return ioctl(gntdev, IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED, &args);
}

static int map_refs(int gntdev, uint32_t domid, const uint32_t *refs,
		    uint32_t count, uint64_t *index)
{
	struct ioctl_gntdev_map_grant_ref *args;
	uint32_t i;
	int ret;

	args = calloc(1, sizeof(*args) + count * sizeof(args->refs[0]));
	if (!args)
		return -1;
	args->count = count;
	for (i = 0; i < count; i++) {
		args->refs[i].domid = domid;
		args->refs[i].ref = refs[i];
	}
	ret = ioctl(gntdev, IOCTL_GNTDEV_MAP_GRANT_REF, args);
	*index = args->index;
	free(args);
	return ret;
}

void *gntdev_map(int gntdev, uint32_t domid, const uint32_t *refs,
		 uint32_t count, int prot, uint64_t *index)
{
	void *memory;
	int saved;

	if (map_refs(gntdev, domid, refs, count, index))
		return MAP_FAILED;
	memory = mmap(NULL, count * PAGE, prot, MAP_SHARED, gntdev,
		      (off_t)*index);
	if (memory != MAP_FAILED)
		return memory;
	saved = errno;
	gntdev_unmap_ref(gntdev, *index, count);
	errno = saved;
	return MAP_FAILED;
}

int gntdev_unmap_ref(int gntdev, uint64_t index, uint32_t count)
{
	struct ioctl_gntdev_unmap_grant_ref args = {
		.index = index,
		.count = count,
	};

	return ioctl(gntdev, IOCTL_GNTDEV_UNMAP_GRANT_REF, &args);
}

int gntdev_unmap(int gntdev, void *memory, uint32_t count, uint64_t index)
{
	if (munmap(memory, count * PAGE))
		return -1;
	return gntdev_unmap_ref(gntdev, index, count);
}

int dmabuf_sync(int dmabuf, uint64_t flags)
{
	struct dma_buf_sync args = { .flags = flags };

	return ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &args);
}

static int alloc_refs(struct gnt_area *area, uint16_t domid, bool writable,
		      uint64_t *index)
{
	size_t size = area->count * sizeof(area->refs[0]);
	struct ioctl_gntalloc_alloc_gref *args;
	int ret;

	args = calloc(1, sizeof(*args) + size);
	if (!args)
		return -1;
	args->domid = domid;
	args->flags = writable ? GNTALLOC_FLAG_WRITABLE : 0;
	args->count = area->count;
	ret = ioctl(area->fd, IOCTL_GNTALLOC_ALLOC_GREF, args);
	if (!ret)
		memcpy(area->refs, args->gref_ids, size);
	*index = args->index;
	free(args);
	return ret;
}

int gnt_area_share(struct gnt_area *area, uint16_t domid, uint32_t count,
		   bool writable)
{
	uint64_t index;
	int saved;

	*area = (struct gnt_area){ .fd = -1, .count = count };
	area->refs = calloc(count, sizeof(area->refs[0]));
	if (!area->refs)
		return -1;
	area->fd = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	if (area->fd < 0)
		goto err_free;
	if (alloc_refs(area, domid, writable, &index))
		goto err_free;
	area->memory = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED, area->fd, (off_t)index);
	if (area->memory == MAP_FAILED)
		goto err_free;
	return 0;

err_free:
	saved = errno;
	area->memory = NULL;
	gnt_area_free(area);
	errno = saved;
	return -1;
}

void gnt_area_free(struct gnt_area *area)
{
	if (area->memory)
		munmap(area->memory, area->count * PAGE);
	if (area->fd >= 0)
		close(area->fd);
	free(area->refs);
	*area = (struct gnt_area){ .fd = -1 };
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

int gnt_dir_share(struct gnt_area *dir, uint16_t domid, const uint32_t *refs,
		  uint32_t count)
{
	uint32_t pages = (count + GNT_DIR_REFS - 1) / GNT_DIR_REFS;
	struct gnt_dir *chain;
	uint32_t i;

	if (gnt_area_share(dir, domid, pages, false))
		return -1;
	chain = dir->memory;
	for (i = 0; i < pages; i++) {
		uint32_t part = min_u32(count, GNT_DIR_REFS);

		chain[i].next = i + 1 < pages ? dir->refs[i + 1] : 0;
		memcpy(chain[i].refs, refs, part * sizeof(refs[0]));
		refs += part;
		count -= part;
	}
	return 0;
}

/* Copies one page of the chain. *next gets the reference of the next page. */
static int read_dir_page(int gntdev, uint32_t domid, uint32_t ref,
			 uint32_t *refs, uint32_t count, uint32_t *next)
{
	const struct gnt_dir *dir;
	uint64_t index;

	dir = gntdev_map(gntdev, domid, &ref, 1, PROT_READ, &index);
	if (dir == MAP_FAILED)
		return -1;
	memcpy(refs, dir->refs, count * sizeof(refs[0]));
	*next = dir->next;
	return gntdev_unmap(gntdev, (void *)dir, 1, index);
}

int gnt_dir_read(uint32_t domid, uint32_t head, uint32_t *refs, uint32_t count)
{
	int gntdev, ret = 0;

	gntdev = gntdev_open();
	if (gntdev < 0)
		return -1;
	while (count && !ret) {
		uint32_t part = min_u32(count, GNT_DIR_REFS);

		if (!head) {
			errno = EPROTO;	/* the chain is shorter than count */
			ret = -1;
			break;
		}
		ret = read_dir_page(gntdev, domid, head, refs, part, &head);
		refs += part;
		count -= part;
	}
	close(gntdev);
	return ret;
}
