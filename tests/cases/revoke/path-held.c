// SPDX-License-Identifier: GPL-2.0
/*
 * After the last descriptor of a dma-buf is closed, an O_PATH descriptor keeps the dma-buf but not
 * its struct file. REVOKE still releases the export. It does not affect another file, for which the
 * kernel may have reused the memory of the struct file. Without REVOKE the close of the O_PATH
 * descriptor ends the export.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	5
#define OTHERS	16

static struct guest guest;
static struct guest_pages pages;
static char *others[OTHERS];

/* Replaces the descriptor by an O_PATH descriptor. */
static int keep_path(struct export *export)
{
	char name[32];
	int path;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", export->fd);
	path = CHECK_OK(open(name, O_PATH | O_CLOEXEC));
	CHECK_OK(close(export->fd));
	export->fd = -1;
	return path;
}

/* Maps other files with private changes, which would be lost if REVOKE unmapped them. */
static void open_others(void)
{
	unsigned int i;

	for (i = 0; i < OTHERS; i++) {
		int fd = memfd_create("other", MFD_CLOEXEC);

		REQUIRE(fd >= 0 && !ftruncate(fd, PAGE_BYTES));
		others[i] = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
		REQUIRE(others[i] != MAP_FAILED);
		others[i][0] = 'x';
		/* The mapping keeps the file. */
		close(fd);
	}
}

static void close_others(void)
{
	unsigned int i;

	for (i = 0; i < OTHERS; i++) {
		CHECK_EQ(others[i][0], 'x');
		munmap(others[i], PAGE_BYTES);
	}
}

static void try_revoked(void)
{
	struct export export = export_pages(&guest, &pages, 0);
	int path = keep_path(&export);

	open_others();
	CHECK_EQ(export_state(&guest, export.id), GNTDEV_DMABUF_STATE_LIVE);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), PAGES);
	export_revoke(&guest, &export);
	export_wait(&guest, &export);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	close_others();
	CHECK_OK(close(path));
	CHECK_EQ(export_state(&guest, export.id), GNTDEV_DMABUF_STATE_RELEASED);
}

static void try_closed(void)
{
	struct export export = export_pages(&guest, &pages, 0);
	int path = keep_path(&export);

	CHECK_EQ(export_state(&guest, export.id), GNTDEV_DMABUF_STATE_LIVE);
	CHECK_OK(close(path));
	export_wait(&guest, &export);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
}

int main(void)
{
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	try_revoked();
	try_closed();
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
