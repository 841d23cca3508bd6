// SPDX-License-Identifier: GPL-2.0
/*
 * A user mapping is the buffer of system calls. Calls that copy data work, both on pages that were
 * accessed before and on others. Calls that need or modify the pages themselves are refused,
 * because the pages belong to another domain.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "pattern.h"

#define PAGES	8
#define SIZE	(PAGES * PAGE_BYTES)

static struct scene scene;
static int ends[2];

/* Reads through the pipe, one page at a time. */
static void try_read(char *memory)
{
	char page[PAGE_BYTES];
	uint32_t i;

	for (i = 0; i < PAGES; i++) {
		pattern_fill(page, ~scene.pages.seed, i);
		REQUIRE(write(ends[1], page, PAGE_BYTES) == PAGE_BYTES);
		CHECK_EQ(CHECK_OK(read(ends[0], memory + i * PAGE_BYTES, PAGE_BYTES)),
			 PAGE_BYTES);
	}
	CHECK(guest_sees(&scene.guest, &scene.pages, 0, PAGES, ~scene.pages.seed));
	guest_refill(&scene.guest, &scene.pages);
}

static void try_write(const char *memory)
{
	char page[PAGE_BYTES];
	uint32_t i;

	for (i = 0; i < PAGES; i++) {
		CHECK_EQ(CHECK_OK(write(ends[1], memory + i * PAGE_BYTES, PAGE_BYTES)),
			 PAGE_BYTES);
		REQUIRE(read(ends[0], page, PAGE_BYTES) == PAGE_BYTES);
		CHECK(pattern_check(page, scene.pages.seed, i) < 0);
	}
}

static void try_write_protected(void)
{
	char *memory = export_map(&scene.export, PROT_READ), byte = 'x';

	REQUIRE(write(ends[1], &byte, 1) == 1);
	CHECK_ERRNO(read(ends[0], memory, 1), EFAULT);
	CHECK_OK(read(ends[0], &byte, 1));
	try_write(memory);
	export_unmap(&scene.export, memory);
}

static void try_pages(char *memory)
{
	struct iovec ours = { memory, SIZE }, copy;
	static char room[SIZE];
	int mem;

	CHECK_ERRNO(vmsplice(ends[1], &ours, 1, SPLICE_F_GIFT | SPLICE_F_NONBLOCK), EFAULT);
	copy = (struct iovec){ room, SIZE };
	CHECK_ERRNO(process_vm_readv(getpid(), &copy, 1, &ours, 1, 0), EFAULT);
	CHECK_ERRNO(process_vm_writev(getpid(), &copy, 1, &ours, 1, 0), EFAULT);
	mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	REQUIRE(mem >= 0);
	CHECK_ERRNO(pread(mem, room, PAGE_BYTES, (off_t)(uintptr_t)memory), EIO);
	CHECK_ERRNO(pwrite(mem, room, PAGE_BYTES, (off_t)(uintptr_t)memory), EIO);
	close(mem);
}

static void try_advice(char *memory)
{
	static const int refused[] = {
		MADV_DONTNEED, MADV_FREE, MADV_COLD, MADV_PAGEOUT, MADV_POPULATE_READ,
		MADV_POPULATE_WRITE, MADV_DODUMP, MADV_WIPEONFORK,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		errno = 0;
		if (!madvise(memory, SIZE, refused[i]) || errno != EINVAL)
			FAIL("advice %d: errno %d (%m)", refused[i], errno);
	}
	/* This has no effect and does not split the mapping. */
	CHECK_OK(mlock(memory, SIZE));
	CHECK_OK(mlock(memory + PAGE_BYTES, PAGE_BYTES));
	CHECK_OK(munlock(memory, SIZE));
}

int main(void)
{
	char *memory;

	scene_open(&scene, PAGES, 0);
	REQUIRE(!pipe(ends));
	memory = export_map(&scene.export, PROT_READ | PROT_WRITE);
	try_read(memory);
	export_unmap(&scene.export, memory);

	memory = export_map(&scene.export, PROT_READ | PROT_WRITE);
	try_write(memory);
	try_pages(memory);
	try_advice(memory);
	try_read(memory);
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	export_unmap(&scene.export, memory);

	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_POPULATE | MAP_LOCKED, scene.export.fd, 0);
	CHECK(memory != MAP_FAILED);
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	export_unmap(&scene.export, memory);
	try_write_protected();
	scene_close(&scene);
	return CASE_PASS;
}
