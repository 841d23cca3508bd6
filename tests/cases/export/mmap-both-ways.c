// SPDX-License-Identifier: GPL-2.0
/*
 * The buffer has the size of a 1280x720 picture. Through mmap of the dma-buf, Dom0 reads what the
 * guest wrote before and what it writes later. The guest reads what Dom0 writes.
 */
#include <sys/mman.h>

#include <linux/dma-buf.h>

#include "case.h"
#include "guest.h"
#include "pattern.h"

#define PAGES	900

static uint64_t hash_of(struct scene *scene, const void *memory)
{
	uint64_t hash;

	CHECK_OK(dmabuf_sync(scene->export.fd,
			     DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ));
	hash = fnv1a(FNV1A_START, memory, scene->export.size);
	CHECK_OK(dmabuf_sync(scene->export.fd,
			     DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ));
	return hash;
}

static void write_pattern(struct scene *scene, char *memory, uint64_t seed)
{
	uint32_t i;

	CHECK_OK(dmabuf_sync(scene->export.fd,
			     DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE));
	for (i = 0; i < PAGES; i++)
		pattern_fill(memory + i * PAGE_BYTES, seed, i);
	CHECK_OK(dmabuf_sync(scene->export.fd,
			     DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE));
}

int main(void)
{
	struct scene scene;
	uint64_t before;
	void *memory;

	scene_open(&scene, PAGES, 0);
	memory = export_map(&scene.export, PROT_READ | PROT_WRITE);

	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	before = hash_of(&scene, memory);
	CHECK_EQ(before, guest_hash(&scene.guest, &scene.pages));

	guest_refill(&scene.guest, &scene.pages);
	CHECK(memory_is(memory, 0, PAGES, scene.pages.seed));
	CHECK(hash_of(&scene, memory) != before);

	write_pattern(&scene, memory, ~scene.pages.seed);
	CHECK(guest_sees(&scene.guest, &scene.pages, 0, PAGES,
			 ~scene.pages.seed));

	export_unmap(&scene.export, memory);
	scene_close(&scene);
	return CASE_PASS;
}
