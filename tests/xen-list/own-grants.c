// SPDX-License-Identifier: GPL-2.0
/*
 * A PVH or HVM domain maps a page that it has granted to itself, and loses the page: a test for
 * Xen, without any library. Build with: cc -o own-grants own-grants.c
 *
 *   own-grants [DOMID]        DOMID: of the domain that it runs in (default: 0)
 *
 * It needs /dev/xen/gntalloc and /dev/xen/gntdev of an unpatched Linux. Exit status: 0 if the
 * owner still has its page, 1 if Xen took it, 2 if the test could not be run. After 1, power the
 * domain off soon: the page is still in the kernel's page allocator.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* xen/gntdev.h uses these names of the kernel. */
typedef uint32_t grant_ref_t;
typedef uint16_t domid_t;

#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#define PAGE	4096
#define PATTERN	0x5aa55aa55aa55aa5ULL

static int open_device(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		perror(path);
		exit(2);
	}
	return fd;
}

static void *map_device(const char *what, int fd, uint64_t offset)
{
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);

	if (memory == MAP_FAILED) {
		perror(what);
		exit(2);
	}
	return memory;
}

static void show(const char *when, const volatile uint64_t *page)
{
	printf("%-32s the owner reads %016llx\n", when, (unsigned long long)page[0]);
}

int main(int argc, char **argv)
{
	uint16_t domid = argc > 1 ? (uint16_t)atoi(argv[1]) : 0;
	struct ioctl_gntalloc_alloc_gref grant = {
		.domid = domid, .flags = GNTALLOC_FLAG_WRITABLE, .count = 1,
	};
	struct ioctl_gntdev_map_grant_ref map = { .count = 1 };
	struct ioctl_gntdev_unmap_grant_ref unmap = { .count = 1 };
	int gntalloc = open_device("/dev/xen/gntalloc");
	int gntdev = open_device("/dev/xen/gntdev");
	volatile uint64_t *owner, *mapping;

	if (ioctl(gntalloc, IOCTL_GNTALLOC_ALLOC_GREF, &grant)) {
		perror("IOCTL_GNTALLOC_ALLOC_GREF");
		return 2;
	}
	owner = map_device("mmap of gntalloc", gntalloc, grant.index);
	owner[0] = PATTERN;
	show("granted to its own domain:", owner);

	map.refs[0].domid = domid;
	map.refs[0].ref = grant.gref_ids[0];
	if (ioctl(gntdev, IOCTL_GNTDEV_MAP_GRANT_REF, &map)) {
		perror("IOCTL_GNTDEV_MAP_GRANT_REF");
		return 2;
	}
	mapping = map_device("mmap of gntdev", gntdev, map.index);
	printf("%-32s the mapping reads %016llx\n", "mapped:", (unsigned long long)mapping[0]);
	show("mapped:", owner);

	munmap((void *)mapping, PAGE);
	unmap.index = map.index;
	if (ioctl(gntdev, IOCTL_GNTDEV_UNMAP_GRANT_REF, &unmap)) {
		perror("IOCTL_GNTDEV_UNMAP_GRANT_REF");
		return 2;
	}
	sleep(1);
	show("unmapped:", owner);
	owner[0] = PATTERN;
	show("written again:", owner);
	if (owner[0] == PATTERN)
		return 0;
	printf("the page is lost\n");
	return 1;
}
