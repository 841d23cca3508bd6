// SPDX-License-Identifier: GPL-2.0
/*
 * User mappings are unmapped in part, protected anew, moved, shrunk, extended, doubled,
 * covered: what is allowed works, what is not leaves the mapping as it was. A PV domain's
 * are whole or not at all: neither split nor moved.
 */
#include <signal.h>
#include <sys/mman.h>

#include "access.h"
#include "case.h"
#include "guest.h"
#include "pattern.h"

#define PAGES	12
#define SIZE	(PAGES * PAGE_BYTES)
#define PART	(4 * PAGE_BYTES)

static struct scene scene;

static bool is_pv(void)
{
	return platform_is("pv");
}

/* These pages show what the guest wrote, and the guest what is written here. */
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

/* From whole mappings, which the parts are taken out of. */
static void try_unmap_part(size_t offset)
{
	char *memory = map_touched();

	if (is_pv()) {
		CHECK_ERRNO(munmap(memory + offset, PART), EINVAL);
		check_works(memory, 0, PAGES);
		unmap(memory);
		return;
	}
	CHECK_OK(munmap(memory + offset, PART));
	CHECK_EQ(fault_of_read(memory + offset), SIGSEGV);
	if (offset)
		check_works(memory, 0, (uint32_t)(offset / PAGE_BYTES));
	offset += PART;
	if (offset < SIZE)
		check_works(memory + offset, (uint32_t)(offset / PAGE_BYTES),
			    (uint32_t)((SIZE - offset) / PAGE_BYTES));
	/* What is missing already is no error. */
	unmap(memory);
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

	if (is_pv()) {
		CHECK_ERRNO(mprotect(middle, PART, PROT_READ), EINVAL);
		CHECK_EQ(fault_of_write(middle), 0);
	} else {
		CHECK_OK(mprotect(middle, PART, PROT_READ));
		CHECK_EQ(fault_of_write(middle), SIGSEGV);
		CHECK_EQ(fault_of_write(middle - 1), 0);
		CHECK_EQ(fault_of_write(middle + PART), 0);
		CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
		CHECK_OK(mprotect(middle, PART, PROT_READ | PROT_WRITE));
	}
	check_works(memory, 0, PAGES);
	unmap(memory);
}

/* Somewhere with room. */
static char *reserve(void)
{
	char *room = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(room != MAP_FAILED);
	return room;
}

static void check_moved(char *memory, char *room, size_t offset, size_t size)
{
	uint32_t page = (uint32_t)(offset / PAGE_BYTES);

	if (is_pv()) {
		CHECK_ERRNO(mremap(memory + offset, size, size,
				   MREMAP_MAYMOVE | MREMAP_FIXED, room), EINVAL);
		check_works(memory, 0, PAGES);
		unmap(memory);
		return;
	}
	CHECK(CHECK_OK(mremap(memory + offset, size, size,
			      MREMAP_MAYMOVE | MREMAP_FIXED, room)) == room);
	check_works(room, page, (uint32_t)(size / PAGE_BYTES));
	CHECK_EQ(fault_of_read(memory + offset), SIGSEGV);
	CHECK_OK(munmap(room, size));
	CHECK_OK(munmap(memory, SIZE));
}

static void try_move(void)
{
	check_moved(map_touched(), reserve(), 0, SIZE);
	/* Before any of its pages was there. */
	check_moved(export_map(&scene.export, PROT_READ | PROT_WRITE), reserve(), 0, SIZE);
	check_moved(map_touched(), reserve(), PART, PART);
}

static void try_shrink(void)
{
	char *memory = map_touched();

	if (is_pv()) {
		CHECK_ERRNO(mremap(memory, SIZE, PART, 0), EINVAL);
		check_works(memory, 0, PAGES);
	} else {
		CHECK(CHECK_OK(mremap(memory, SIZE, PART, 0)) == memory);
		check_works(memory, 0, PART / PAGE_BYTES);
		CHECK_EQ(fault_of_read(memory + PART), SIGSEGV);
	}
	unmap(memory);
}

/* Refused everywhere. */
static void try_extend(void)
{
	char *memory = map_touched();

	CHECK_ERRNO(mremap(memory, SIZE, SIZE + PAGE_BYTES, 0), EFAULT);
	CHECK_ERRNO(mremap(memory, SIZE, SIZE + PAGE_BYTES, MREMAP_MAYMOVE), EFAULT);
	CHECK_ERRNO(mremap(memory, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP), EINVAL);
	/* A second mapping of the same. */
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

	if (is_pv()) {
		CHECK(cover(memory + PART, PART) == MAP_FAILED);
		/* Linux has not always passed on what it was told. */
		CHECK(errno == EINVAL || errno == ENOMEM);
		check_works(memory, 0, PAGES);
	} else {
		CHECK_OK(cover(memory + PART, PART));
		CHECK_EQ(memory[PART], 0);
		check_works(memory, 0, PART / PAGE_BYTES);
		check_works(memory + 2 * PART, 2 * PART / PAGE_BYTES, PART / PAGE_BYTES);
	}
	CHECK_OK(cover(memory, SIZE));
	CHECK_EQ(memory[0], 0);
	unmap(memory);
}

int main(void)
{
	struct gntdev_dmabuf_query answer;

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
	CHECK_OK(gntdev_query(scene.guest.gntdev, scene.export.id, &answer));
	CHECK_EQ(answer.user_mappings, 0);
	scene_close(&scene);
	return CASE_PASS;
}
