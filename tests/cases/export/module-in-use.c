// SPDX-License-Identifier: GPL-2.0
/*
 * The module cannot be unloaded while anything of it is in use or pending: an open file, a
 * dma-buf's descriptor, a mapping, a device that holds on, a revocation. When that is over
 * it can, at once and with nobody having waited for anything, and be loaded again. (All of
 * it in the guest, with grants of Dom0's: in Dom0 xenstored needs the module itself.)
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"
#include "pattern.h"

#define PAGES	80
#define TIMES	5
#define IDLE_MS	5000

/* ---- in the guest */

static struct guest_pages pages = { .count = PAGES };
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

/* Loaded, open, and with an export. */
static struct export begin(struct guest *dom0, uint32_t flags)
{
	load();
	*dom0 = (struct guest){ .domid = 0, .gntdev = gntdev_open() };
	REQUIRE(dom0->gntdev >= 0);
	return export_pages(dom0, &pages, flags);
}

/* Nothing uses it any more: only what the kernel does by itself may take a moment. */
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
	CHECK_OK(close(dom0.gntdev));
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
	CHECK_OK(close(dom0.gntdev));
	check_busy("a device holding on");
	CHECK_OK(importer_drop(importer));
	end("a device let go");
}

static void try_revocation(void)
{
	struct export export;
	struct guest dom0;

	export = begin(&dom0, GNTDEV_DMABUF_FLAG_REVOKE_ON_CLOSE);
	CHECK_OK(importer_hold(importer, export.fd, 0));
	CHECK_OK(importer_fence(importer));
	CHECK_OK(close(dom0.gntdev));
	check_busy("a revocation that waits for a device");
	CHECK_OK(importer_drop(importer));
	check_busy("a revocation that waits for a fence");
	CHECK_OK(close(export.fd));
	CHECK_OK(importer_signal(importer));
	end("a revocation");
}

/* Right after the last user, as often as that may hit something. */
static void try_races(uint32_t flags)
{
	struct export export;
	struct guest dom0;
	unsigned int i;

	for (i = 0; i < TIMES; i++) {
		export = begin(&dom0, flags);
		export_unmap(&export, export_map(&export, PROT_READ));
		CHECK_OK(close(dom0.gntdev));
		CHECK_OK(close(export.fd));
		end("everything was closed");
	}
}

static int in_guest(char **words)
{
	uint32_t dir = (uint32_t)strtoul(words[0], NULL, 10);

	pages.seed = strtoull(words[1], NULL, 16);
	pages.refs = calloc(PAGES, sizeof(pages.refs[0]));
	REQUIRE(pages.refs);
	REQUIRE(!gnt_dir_read(0, dir, pages.refs, PAGES));
	importer = importer_open();
	end("the references were read");
	try_users();
	try_device();
	try_revocation();
	try_races(0);
	try_races(GNTDEV_DMABUF_FLAG_REVOKE_ON_CLOSE);
	load();
	return CASE_PASS;
}

/* ---- in Dom0 */

static void share(struct guest *guest, struct gnt_area *area, struct gnt_area *dir,
		  uint64_t seed)
{
	uint32_t i;

	REQUIRE(!gnt_area_share(area, (uint16_t)guest->domid, PAGES, true));
	REQUIRE(!gnt_dir_share(dir, (uint16_t)guest->domid, area->refs, PAGES));
	for (i = 0; i < PAGES; i++)
		pattern_fill((char *)area->memory + i * PAGE_BYTES, seed, i);
}

static void run_in_guest(struct guest *guest, uint32_t dir, uint64_t seed)
{
	char program[128], command[256];
	ssize_t length;

	length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	REQUIRE(length > 0);
	program[length] = '\0';
	snprintf(command, sizeof(command), "%s %u %" PRIx64, program, dir, seed);
	CHECK_EQ(guest_run(guest, command), CASE_PASS);
}

int main(int argc, char **argv)
{
	struct gnt_area area, dir;
	uint64_t seed = now_ns();
	struct guest guest;

	if (argc > 1)
		return in_guest(argv + 1);
	guest_open(&guest);
	share(&guest, &area, &dir, seed);
	run_in_guest(&guest, dir.refs[0], seed);
	CHECK_EQ(hv_mapped(0, area.refs, PAGES), 0);
	gnt_area_free(&dir);
	gnt_area_free(&area);
	return CASE_PASS;
}
