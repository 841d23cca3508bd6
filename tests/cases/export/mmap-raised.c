// SPDX-License-Identifier: GPL-2.0
/*
 * mprotect() can raise the access of a mapping up to that of the descriptor, as for any file. It
 * changes PROT_READ or PROT_NONE to PROT_WRITE, before or after the first access to the pages, and
 * again after the access was lowered. The guest then sees writes to the mapping. For a READONLY
 * export it never grants PROT_WRITE, but PROT_READ can be restored.
 */
#include <signal.h>
#include <sys/mman.h>

#include "access.h"
#include "case.h"
#include "guest.h"
#include "pattern.h"

#define PAGES	40	/* more than one page fault maps */
#define SIZE	(PAGES * PAGE_BYTES)

static struct scene scene;

/* Checks that each page can be written and that the guest sees the data. */
static void check_writable(char *memory)
{
	uint32_t i;

	for (i = 0; i < PAGES; i++)
		pattern_fill(memory + i * PAGE_BYTES, ~scene.pages.seed, i);
	CHECK(guest_sees(&scene.guest, &scene.pages, 0, PAGES, ~scene.pages.seed));
	guest_refill(&scene.guest, &scene.pages);
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
}

static void check_readable_only(char *memory)
{
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	CHECK_EQ(fault_of_write(memory), SIGSEGV);
	CHECK_EQ(fault_of_write(memory + SIZE - 1), SIGSEGV);
}

static void check_no_access(char *memory)
{
	CHECK_EQ(fault_of_read(memory), SIGSEGV);
	CHECK_EQ(fault_of_read(memory + SIZE - 1), SIGSEGV);
}

static void protect(char *memory, int prot)
{
	CHECK_OK(mprotect(memory, SIZE, prot));
}

static void raise_untouched(int prot)
{
	char *memory = export_map(&scene.export, prot);

	protect(memory, PROT_READ | PROT_WRITE);
	check_writable(memory);
	export_unmap(&scene.export, memory);
}

static void raise_touched(void)
{
	char *memory = export_map(&scene.export, PROT_READ);

	check_readable_only(memory);
	protect(memory, PROT_READ | PROT_WRITE);
	check_writable(memory);
	protect(memory, PROT_READ);
	check_readable_only(memory);
	protect(memory, PROT_READ | PROT_WRITE);
	check_writable(memory);
	export_unmap(&scene.export, memory);
}

static void raise_step_by_step(void)
{
	char *memory = export_map(&scene.export, PROT_NONE);

	check_no_access(memory);
	protect(memory, PROT_READ);
	check_readable_only(memory);
	protect(memory, PROT_NONE);
	check_no_access(memory);
	protect(memory, PROT_READ | PROT_WRITE);
	check_writable(memory);
	export_unmap(&scene.export, memory);
}

static void try_readonly(int prot)
{
	struct export export = export_pages(&scene.guest, &scene.pages,
					    GNTDEV_DMABUF_EXPORT_READONLY);
	char *memory = export_map(&export, prot);

	CHECK_ERRNO(mprotect(memory, SIZE, PROT_READ | PROT_WRITE), EACCES);
	CHECK_ERRNO(mprotect(memory, SIZE, PROT_WRITE), EACCES);
	protect(memory, PROT_READ);
	check_readable_only(memory);
	export_unmap(&export, memory);
	export_close(&scene.guest, &export);
}

int main(void)
{
	scene_open(&scene, PAGES, 0);
	raise_untouched(PROT_READ);
	raise_untouched(PROT_NONE);
	raise_touched();
	raise_step_by_step();
	try_readonly(PROT_READ);
	try_readonly(PROT_NONE);
	scene_close(&scene);
	return CASE_PASS;
}
