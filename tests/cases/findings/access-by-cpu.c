// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 *
 * Processes can mmap an old export. Drivers that read pictures by the CPU, for example of simple
 * displays, can get a kernel address for it (vmap). Unpatched kernels support neither: MAINLINE=1
 * expects EINVAL for both.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../modules/importer.h"

#include "case.h"
#include "guest.h"
#include "hv.h"

#define PAGES	16
#define BYTES	(PAGES * PAGE_BYTES)

static struct guest guest;
static struct guest_pages pages;
static int importer;

static int map_for_kernel(int fd)
{
	struct importer_hold hold = { .fd = fd, .flags = IMPORTER_VMAP };

	return ioctl(importer, IMPORTER_HOLD, &hold);
}

static void check_seen_by_kernel(void)
{
	static char seen[BYTES];
	struct importer_read args = {
		.length = BYTES,
		.buffer = (uintptr_t)seen,
	};

	CHECK_OK(ioctl(importer, IMPORTER_READ, &args));
	CHECK(memory_is(seen, 0, PAGES, pages.seed));
	CHECK_OK(ioctl(importer, IMPORTER_DROP));
}

static void check_works(int fd)
{
	struct export export = { .fd = fd, .size = BYTES };
	void *memory = export_map(&export, PROT_READ | PROT_WRITE);

	CHECK(memory_is(memory, 0, PAGES, pages.seed));
	export_unmap(&export, memory);
	CHECK_OK(map_for_kernel(fd));
	check_seen_by_kernel();
}

static void reproduce(int fd)
{
	CHECK_ERRNO(mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fd, 0), EINVAL);
	CHECK_ERRNO(map_for_kernel(fd), EINVAL);
	note("reproduced: neither mmap nor vmap works");
}

int main(void)
{
	int fd;

	REQUIRE(!system("modprobe test-importer"));
	importer = open("/dev/xen-test-importer", O_RDWR | O_CLOEXEC);
	REQUIRE(importer >= 0);
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	/* One run of frames, so that vmap also works in PV domains. */
	fd = old_export_pages(&guest, &pages, GNTDEV_OLD_FLAG_COHERENT);
	if (is_mainline())
		reproduce(fd);
	else
		check_works(fd);
	old_export_close(&guest, fd);
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
