// SPDX-License-Identifier: GPL-2.0
/*
 * The module cannot be unloaded while anything of it is in use or pending: an open file, a
 * dma-buf's descriptor, a mapping, a device that holds the buffer, a revocation. After that it can
 * be unloaded immediately, also if no process called WAIT, and loaded again. (This runs in the
 * guest, with grants of Dom0, because in Dom0 xenstored needs the module.)
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"
#include "inguest.h"

#define PAGES	80
#define TIMES	5
#define IDLE_MS	5000

/* ---- in the guest */

static struct guest_pages pages;
static int importer;

static int unload(void)
{
	return (int)syscall(SYS_delete_module, "xen_gntdev", O_NONBLOCK);
}

static void load(void)
{
	REQUIRE(!system("modprobe xen-gntdev"));
}

static void check_busy(const char *because)
{
	errno = 0;
	if (!unload() || errno != EWOULDBLOCK)
		FAIL("unloaded with %s: errno %d (%m)", because, errno);
}

/* Loads the module, opens gntdev and makes an export. */
static struct export begin(struct guest *dom0, uint32_t flags)
{
	load();
	*dom0 = (struct guest){ .domid = 0 };
	guest_open_gntdev(dom0);
	return export_pages(dom0, &pages, flags);
}

/* The module has no more users. Only pending work of the kernel may delay the unload shortly. */
static void end(const char *after)
{
	if (!WITHIN_MS(IDLE_MS, !unload()))
		FAIL("cannot be unloaded after %s: errno %d (%m)", after, errno);
}

static void try_users(void)
{
	struct export export;
	struct guest dom0;
	void *memory;

	export = begin(&dom0, 0);
	check_busy("everything open");
	guest_close_gntdev(&dom0);
	check_busy("a descriptor open");
	memory = export_map(&export, PROT_READ);
	CHECK_OK(close(export.fd));
	check_busy("a mapping");
	CHECK(memory_is(memory, 0, PAGES, pages.seed));
	export_unmap(&export, memory);
	end("munmap");
}

static void try_device(void)
{
	struct export export;
	struct guest dom0;

	export = begin(&dom0, 0);
	CHECK_OK(importer_hold(importer, export.fd, 0));
	CHECK_OK(close(export.fd));
	guest_close_gntdev(&dom0);
	check_busy("a device holding the buffer");
	CHECK_OK(importer_drop(importer));
	end("a device released the buffer");
}

static void try_revocation(void)
{
	struct export export;
	struct guest dom0;

	export = begin(&dom0, GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE);
	CHECK_OK(importer_hold(importer, export.fd, 0));
	CHECK_OK(importer_fence(importer));
	guest_close_gntdev(&dom0);
	check_busy("a revocation that waits for a device");
	CHECK_OK(importer_drop(importer));
	check_busy("a revocation that waits for a fence");
	CHECK_OK(close(export.fd));
	CHECK_OK(importer_signal(importer));
	end("a revocation");
}

/* Unloads immediately after the last user. Repeats that, because it may race with pending work. */
static void try_races(uint32_t flags)
{
	struct export export;
	struct guest dom0;
	unsigned int i;

	for (i = 0; i < TIMES; i++) {
		export = begin(&dom0, flags);
		export_unmap(&export, export_map(&export, PROT_READ));
		guest_close_gntdev(&dom0);
		CHECK_OK(close(export.fd));
		end("everything was closed");
	}
}

static int in_guest(void)
{
	importer = importer_open();
	end("the references were read");
	try_users();
	try_device();
	try_revocation();
	try_races(0);
	try_races(GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE);
	load();
	return CASE_PASS;
}

/* ---- in Dom0 */

int main(int argc, char **argv)
{
	struct dom0_pages shared;
	struct guest guest;

	if (is_in_guest(argc, argv, &guest, &pages))
		return in_guest();
	guest_open(&guest);
	dom0_share(&guest, &shared, PAGES);
	run_in_guest(&guest, &shared);
	dom0_unshare(&shared);
	return CASE_PASS;
}
