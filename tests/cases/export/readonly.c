// SPDX-License-Identifier: GPL-2.0
/*
 * A READONLY export can be read, but there is no way to map it for writing. Its descriptor is
 * read-only.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "case.h"
#include "guest.h"

#define PAGES	8

static sigjmp_buf fault;

static void on_fault(int signal)
{
	siglongjmp(fault, signal);
}

static bool write_faults(volatile uint64_t *address)
{
	signal(SIGSEGV, on_fault);
	signal(SIGBUS, on_fault);
	if (sigsetjmp(fault, 1))
		return true;
	*address = ~*address;
	return false;
}

int main(void)
{
	struct scene scene;
	void *memory;

	scene_open(&scene, PAGES, GNTDEV_DMABUF_EXPORT_READONLY);
	CHECK_EQ(fcntl(scene.export.fd, F_GETFL) & O_ACCMODE, O_RDONLY);

	CHECK_ERRNO(mmap(NULL, scene.export.size, PROT_READ | PROT_WRITE,
			 MAP_SHARED, scene.export.fd, 0), EACCES);
	CHECK_ERRNO(mmap(NULL, scene.export.size, PROT_WRITE, MAP_SHARED,
			 scene.export.fd, 0), EACCES);

	memory = export_map(&scene.export, PROT_READ);
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	CHECK_ERRNO(mprotect(memory, scene.export.size, PROT_READ | PROT_WRITE),
		    EACCES);
	CHECK(write_faults(memory));
	CHECK(guest_sees(&scene.guest, &scene.pages, 0, PAGES,
			 scene.pages.seed));

	export_unmap(&scene.export, memory);
	scene_close(&scene);
	return CASE_PASS;
}
