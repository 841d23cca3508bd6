// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 120
 *
 * The way of a Wayland client with shared memory in the guest: a memfd that grows while it is
 * shared. For each size the guest makes a udmabuf of all of it and imports that; Dom0 exports the
 * new references, and sees what the guest draws into the memfd, with no copy. Then Dom0 closes the
 * export of the size before, and the guest's import of it is released.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/udmabuf.h>

#include "case.h"
#include "import.h"
#include "pattern.h"

#define STEPS		4
#define FIRST_PAGES	16U
#define pages_of(step)	(FIRST_PAGES << (step))

#define SHARED		"/tmp/wl-shm.shared."
#define SEEN		"/tmp/wl-shm.seen."
#define STEP_MS		20000

/* ---- in the guest */

static bool is_there(const char *prefix, unsigned int step)
{
	char path[64];

	snprintf(path, sizeof(path), "%s%u", prefix, step);
	return !access(path, F_OK);
}

static void draw(int memfd, uint32_t pages, uint64_t seed)
{
	char *memory;
	uint32_t i;

	memory = mmap(NULL, pages * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	REQUIRE(memory != MAP_FAILED);
	for (i = 0; i < pages; i++)
		pattern_fill(memory + i * PAGE_BYTES, seed, i);
	REQUIRE(!munmap(memory, pages * PAGE_BYTES));
}

static int wrap(int memfd, uint32_t pages)
{
	struct udmabuf_create args = {
		.memfd = (uint32_t)memfd, .flags = UDMABUF_FLAGS_CLOEXEC,
		.size = pages * PAGE_BYTES,
	};
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), fd;

	REQUIRE(device >= 0);
	fd = ioctl(device, UDMABUF_CREATE, &args);
	REQUIRE(fd >= 0);
	close(device);
	return fd;
}

static void tell_dom0(unsigned int step, const struct import *import)
{
	char path[64], temporary[72];
	FILE *file;

	snprintf(path, sizeof(path), SHARED "%u", step);
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	file = fopen(temporary, "w");
	REQUIRE(file);
	REQUIRE(fprintf(file, "%u\n", import->shared.dir.refs[0]) > 0);
	REQUIRE(!fclose(file));
	REQUIRE(!rename(temporary, path));
}

static void share_step(struct guest *dom0, int memfd, unsigned int step, struct import *import)
{
	struct source source = { .name = "memfd", .pages = pages_of(step) };

	REQUIRE(!ftruncate(memfd, (off_t)(source.pages * PAGE_BYTES)));
	source.fd = wrap(memfd, source.pages);
	import_range(dom0, &source, 0, 0, import);
	close(source.fd);
	REQUIRE(!gnt_dir_share(&import->shared.dir, 0, import->refs, import->count));
	/* Into the memfd, after it is shared. */
	draw(memfd, source.pages, step + 1);
	tell_dom0(step, import);
}

static int in_guest(void)
{
	struct guest dom0 = { .domid = 0 };
	int memfd = memfd_create("wl-shm", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct import imports[STEPS];
	unsigned int step;

	guest_open_gntdev(&dom0);
	REQUIRE(memfd >= 0);
	REQUIRE(!fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK));
	for (step = 0; step < STEPS; step++) {
		share_step(&dom0, memfd, step, &imports[step]);
		REQUIRE(WITHIN_MS(STEP_MS, is_there(SEEN, step)));
		if (!step)
			continue;
		import_revoke(&imports[step - 1]);
		CHECK(import_is_released(&imports[step - 1], 1000));
		import_forget(&imports[step - 1]);
	}
	REQUIRE(WITHIN_MS(STEP_MS, is_there(SEEN, STEPS)));
	import_revoke(&imports[STEPS - 1]);
	CHECK(import_is_released(&imports[STEPS - 1], 1000));
	import_forget(&imports[STEPS - 1]);
	return CASE_PASS;
}

/* ---- in Dom0 */

static void tell_guest(struct guest *guest, unsigned int step)
{
	char command[64];

	snprintf(command, sizeof(command), "touch " SEEN "%u", step);
	REQUIRE(!guest_run(guest, command));
}

static struct guest_pages wait_for(struct guest *guest, unsigned int step)
{
	struct guest_pages pages = { .count = pages_of(step), .seed = step + 1 };
	char command[160], line[RPC_MAX];

	snprintf(command, sizeof(command),
		 "for i in $(seq 100); do test -e " SHARED "%u && exec cat " SHARED
		 "%u; sleep 0.1; done; false", step, step);
	if (guest_run_line(guest, command, line)) {
		has_passed_in_guest(guest);
		FAIL("the guest has not shared step %u", step);
	}
	pages.refs = calloc(pages.count, sizeof(pages.refs[0]));
	REQUIRE(pages.refs);
	REQUIRE(!gnt_dir_read(guest->domid, (uint32_t)strtoul(line, NULL, 10), pages.refs,
			      pages.count));
	return pages;
}

static struct export show_step(struct guest *guest, unsigned int step)
{
	struct guest_pages pages = wait_for(guest, step);
	struct export export = export_pages(guest, &pages, GNTDEV_DMABUF_EXPORT_READONLY);
	void *memory = export_map(&export, PROT_READ);

	CHECK(memory_is(memory, 0, pages.count, pages.seed));
	export_unmap(&export, memory);
	free(pages.refs);
	return export;
}

int main(int argc, char **argv)
{
	struct export shown, next;
	struct guest guest;
	unsigned int step;

	(void)argv;
	if (argc > 1)
		return in_guest();
	guest_open(&guest);
	REQUIRE(!guest_run(&guest, "rm -f /tmp/wl-shm.*"));
	start_program_in_guest(&guest, "guest");
	shown = show_step(&guest, 0);
	tell_guest(&guest, 0);
	for (step = 1; step < STEPS; step++) {
		next = show_step(&guest, step);
		export_close(&guest, &shown);
		shown = next;
		tell_guest(&guest, step);
	}
	export_close(&guest, &shown);
	tell_guest(&guest, STEPS);
	CHECK(WITHIN_MS(STEP_MS, has_passed_in_guest(&guest)));
	return CASE_PASS;
}
