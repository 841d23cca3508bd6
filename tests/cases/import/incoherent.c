// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: arm64
 *
 * What the owner does for a device that is not coherent: DMA_BUF_IOCTL_SYNC with START and READ
 * before the guest reads what the device has written, and with END and WRITE before the device
 * reads what the guest has written. Without that, each side sees what was there before. An access
 * for reading as well would lose what the guest has written.
 */
#include <linux/dma-buf.h>
#include <stdlib.h>
#include <unistd.h>

#include "case.h"
#include "exporter.h"
#include "import.h"
#include "pattern.h"

#define PAGES	20

static struct guest guest;
static struct source source;
static int exporter;
static char *copy;

static void device_write(uint64_t seed)
{
	uint32_t i;

	for (i = 0; i < PAGES; i++)
		pattern_fill(copy + i * PAGE_BYTES, seed, i);
	exporter_device_write(exporter, copy);
}

static bool device_sees(uint64_t seed)
{
	exporter_device_read(exporter, copy);
	return memory_is(copy, 0, PAGES, seed);
}

static void sync_caches(uint64_t how)
{
	CHECK_OK(dmabuf_sync(source.fd, DMA_BUF_SYNC_START | how));
	CHECK_OK(dmabuf_sync(source.fd, DMA_BUF_SYNC_END | how));
}

/* The guest maps the memory, so it sees what this mapping of the same pages shows. */
static void check_device_to_guest(struct import *import, uint64_t seed)
{
	device_write(seed);
	CHECK(memory_is(source.memory, 0, PAGES, import->shared.seed));
	sync_caches(DMA_BUF_SYNC_READ);
	import->shared.seed = seed;
	import_map_in_guest(&guest, import);
}

static void check_guest_to_device(struct import *import, uint64_t seed)
{
	import_unmap_in_guest(&guest, import);
	CHECK(device_sees(seed));
	sync_caches(DMA_BUF_SYNC_WRITE);
	CHECK(device_sees(~seed));
}

/* The device still has what it wrote itself, and reading brings that back. */
static void check_lost(struct import *import, uint64_t seed)
{
	device_write(seed);
	sync_caches(DMA_BUF_SYNC_READ);
	import->shared.seed = seed;
	import_use_in_guest(&guest, import);
	sync_caches(DMA_BUF_SYNC_RW);
	CHECK(device_sees(seed));
	CHECK(memory_is(source.memory, 0, PAGES, seed));
}

int main(int argc, char **argv)
{
	struct import import;
	uint64_t seed;

	import_main(argc, argv);
	guest_open(&guest);
	exporter = exporter_open();
	exporter_incoherent_source(exporter, PAGES, &source);
	copy = malloc(PAGES * PAGE_BYTES);
	REQUIRE(copy);
	seed = now_ns();

	import_source(&guest, &source, 0, &import);
	check_device_to_guest(&import, seed);
	check_guest_to_device(&import, seed);
	check_lost(&import, seed + 1);
	import_close(&import);
	source_close(&source);
	CHECK_OK(close(exporter));
	return CASE_PASS;
}
