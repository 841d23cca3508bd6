// SPDX-License-Identifier: GPL-2.0
/*
 * User mappings and parts of them are unmapped, moved, shrunk, extended, duplicated and covered by
 * other mappings. mprotect, madvise and mlock are called on them. Allowed operations work, in PV
 * domains as well. Refused operations do not change the mapping.
 */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "access.h"
#include "case.h"
#include "guest.h"
#include "pattern.h"
#include "quota.h"

#define PAGES	12
#define SIZE	(PAGES * PAGE_BYTES)
#define PART	(4 * PAGE_BYTES)

static struct scene scene;

/* Checks that the pages show the guest's data, and that the guest sees writes of this domain. */
static void check_works(char *memory, uint32_t page, uint32_t count)
{
	volatile uint64_t *word = (uint64_t *)(memory + (count - 1) * PAGE_BYTES);
	uint32_t last = page + count - 1;

	CHECK(memory_is(memory, page, count, scene.pages.seed));
	*word = ~*word;
	CHECK_EQ(guest_peek(&scene.guest, &scene.pages, last, 0),
		 ~pattern_word(scene.pages.seed, last, 0));
	*word = ~*word;
}

/* QUERY counts each part as a mapping. */
static void check_vmas(uint32_t count)
{
	struct gntdev_dmabuf_query answer;

	CHECK_OK(gntdev_query(scene.guest.gntdev, scene.export.id, &answer));
	CHECK_EQ(answer.user_mappings, count);
}

static void check_charged(uint32_t pages)
{
	if (platform_is("pv"))
		CHECK_EQ(mmap_pages(), pages);
}

static char *map_touched(void)
{
	char *memory = export_map(&scene.export, PROT_READ | PROT_WRITE);

	check_works(memory, 0, PAGES);
	return memory;
}

static void unmap(char *memory)
{
	export_unmap(&scene.export, memory);
	CHECK_EQ(fault_of_read(memory), SIGSEGV);
}

/* Unmaps a part of a whole mapping. */
static void try_unmap_part(size_t offset)
{
	char *memory = map_touched();

	check_charged(PAGES);
	CHECK_OK(munmap(memory + offset, PART));
	check_charged(PAGES - PART / PAGE_BYTES);
	CHECK_EQ(fault_of_read(memory + offset), SIGSEGV);
	if (offset)
		check_works(memory, 0, (uint32_t)(offset / PAGE_BYTES));
	offset += PART;
	if (offset < SIZE)
		check_works(memory + offset, (uint32_t)(offset / PAGE_BYTES),
			    (uint32_t)((SIZE - offset) / PAGE_BYTES));
	/* Unmapping the whole range works although a part of it is unmapped already. */
	unmap(memory);
	check_charged(0);
	check_vmas(0);
}

static void try_protect(void)
{
	char *memory = map_touched();

	CHECK_OK(mprotect(memory, SIZE, PROT_READ));
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	CHECK_EQ(fault_of_write(memory), SIGSEGV);
	CHECK_OK(mprotect(memory, SIZE, PROT_NONE));
	CHECK_EQ(fault_of_read(memory), SIGSEGV);
	CHECK_EQ(fault_of_read(memory + SIZE - 1), SIGSEGV);
	CHECK_OK(mprotect(memory, SIZE, PROT_READ | PROT_WRITE));
	check_works(memory, 0, PAGES);
	unmap(memory);
}

static void try_protect_part(void)
{
	char *memory = map_touched(), *middle = memory + PART;

	CHECK_OK(mprotect(middle, PART, PROT_READ));
	CHECK_EQ(fault_of_write(middle), SIGSEGV);
	CHECK_EQ(fault_of_write(middle - 1), 0);
	CHECK_EQ(fault_of_write(middle + PART), 0);
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	check_vmas(3);
	CHECK_OK(mprotect(middle, PART, PROT_READ | PROT_WRITE));
	check_works(memory, 0, PAGES);
	unmap(memory);
}

/* Both split the mapping. mlock has no effect, because the pages belong to another domain. */
static void try_advise_and_lock(void)
{
	char *memory = map_touched();

	CHECK_OK(madvise(memory + PART, PART, MADV_RANDOM));
	check_works(memory, 0, PAGES);
	CHECK_OK(madvise(memory + PART, PART, MADV_DONTFORK));
	CHECK_OK(mlock(memory, PART));
	check_works(memory, 0, PAGES);
	CHECK_OK(munlock(memory, PART));
	unmap(memory);
}

/* Reserves address space. */
static char *reserve(void)
{
	char *room = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(room != MAP_FAILED);
	return room;
}

static void check_moved(char *memory, char *room, size_t offset, size_t size)
{
	uint32_t page = (uint32_t)(offset / PAGE_BYTES);

	CHECK(CHECK_OK(mremap(memory + offset, size, size,
			      MREMAP_MAYMOVE | MREMAP_FIXED, room)) == room);
	check_works(room, page, (uint32_t)(size / PAGE_BYTES));
	check_charged(PAGES);
	CHECK_EQ(fault_of_read(memory + offset), SIGSEGV);
	CHECK_OK(munmap(room, size));
	CHECK_OK(munmap(memory, SIZE));
}

static void try_move(void)
{
	check_moved(map_touched(), reserve(), 0, SIZE);
	/* The same before the first access to its pages. */
	check_moved(export_map(&scene.export, PROT_READ | PROT_WRITE), reserve(), 0, SIZE);
	check_moved(map_touched(), reserve(), PART, PART);
}

static void try_shrink(void)
{
	char *memory = map_touched();

	CHECK(CHECK_OK(mremap(memory, SIZE, PART, 0)) == memory);
	check_works(memory, 0, PART / PAGE_BYTES);
	CHECK_EQ(fault_of_read(memory + PART), SIGSEGV);
	unmap(memory);
}

/* All platforms refuse this. */
static void try_extend(void)
{
	char *memory = map_touched();

	CHECK_ERRNO(mremap(memory, SIZE, SIZE + PAGE_BYTES, 0), EFAULT);
	CHECK_ERRNO(mremap(memory, SIZE, SIZE + PAGE_BYTES, MREMAP_MAYMOVE), EFAULT);
	CHECK_ERRNO(mremap(memory, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP), EINVAL);
	/* Duplicating the mapping. */
	CHECK_ERRNO(mremap(memory, 0, SIZE, MREMAP_MAYMOVE), EFAULT);
	check_works(memory, 0, PAGES);
	unmap(memory);
}

static void *cover(char *memory, size_t size)
{
	return mmap(memory, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void try_cover(void)
{
	char *memory = map_touched();

	CHECK_OK(cover(memory + PART, PART));
	CHECK_EQ(memory[PART], 0);
	check_works(memory, 0, PART / PAGE_BYTES);
	check_works(memory + 2 * PART, 2 * PART / PAGE_BYTES, PART / PAGE_BYTES);
	/* Operations on the export's mapping do not affect the memory that covers a part of it. */
	memset(memory + PART, 0x5a, PART);
	CHECK_OK(munmap(memory, PART));
	CHECK_OK(mprotect(memory + 2 * PART, PART, PROT_READ));
	CHECK_EQ(memory[PART], 0x5a);
	CHECK_EQ(memory[2 * PART - 1], 0x5a);
	CHECK_OK(cover(memory, SIZE));
	CHECK_EQ(memory[0], 0);
	unmap(memory);
}

/* REVOKE affects each part, also a moved one, and does not affect the memory between the parts. */
static void try_revoke_parts(void)
{
	char *memory = map_touched(), *room = reserve();

	CHECK_OK(cover(memory + PART, PART));
	memset(memory + PART, 0x5a, PART);
	CHECK(CHECK_OK(mremap(memory + 2 * PART, PART, PART, MREMAP_MAYMOVE | MREMAP_FIXED,
			      room)) == room);
	check_works(memory, 0, PART / PAGE_BYTES);
	check_works(room, 2 * PART / PAGE_BYTES, PART / PAGE_BYTES);

	export_revoke(&scene.guest, &scene.export);
	export_wait(&scene.guest, &scene.export);
	expect_sigbus_reading(memory, PART / PAGE_BYTES);
	expect_sigbus_reading(room, PART / PAGE_BYTES);
	CHECK_EQ(memory[PART], 0x5a);
	CHECK_EQ(memory[2 * PART - 1], 0x5a);
	CHECK_OK(munmap(room, SIZE));
	unmap(memory);
}

int main(void)
{
	scene_open(&scene, PAGES, 0);
	try_unmap_part(0);
	try_unmap_part(PART);
	try_unmap_part(SIZE - PART);
	try_protect();
	try_protect_part();
	try_move();
	try_shrink();
	try_extend();
	try_cover();
	try_advise_and_lock();
	check_vmas(0);
	try_revoke_parts();
	scene_close(&scene);
	return CASE_PASS;
}
