// SPDX-License-Identifier: GPL-2.0
/*
 * Threads repeatedly map the export, read its pages and unmap it. REVOKE occurs at a random time.
 * The threads only get the guest's data or SIGBUS, also after the release. After REVOKE mmap fails.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "access.h"
#include "case.h"
#include "guest.h"
#include "hv.h"
#include "pattern.h"

#define ROUNDS		15
#define THREADS		3
#define PAGES		24
#define MOST_US		20000

static struct guest guest;
static struct guest_pages pages;
static struct export export;
static unsigned long reads, faults;

static void look(const char *memory)
{
	uint64_t value;
	uint32_t i;

	for (i = 0; i < PAGES; i++) {
		if (!try_read(memory + i * PAGE_BYTES, &value)) {
			__atomic_add_fetch(&faults, 1, __ATOMIC_RELAXED);
			continue;
		}
		__atomic_add_fetch(&reads, 1, __ATOMIC_RELAXED);
		if (value != pattern_word(pages.seed, i, 0))
			FAIL("page %u does not have the guest's data: %#llx", i,
			     (unsigned long long)value);
	}
}

static void *map_and_look(void *unused)
{
	void *memory;

	(void)unused;
	for (;;) {
		memory = mmap(NULL, export.size, PROT_READ | PROT_WRITE, MAP_SHARED, export.fd, 0);
		if (memory == MAP_FAILED)
			break;
		look(memory);
		look(memory);
		CHECK_OK(munmap(memory, export.size));
	}
	CHECK_EQ(errno, ENODEV);
	return NULL;
}

/* One mapping exists during the whole round. */
static void try_round(bool first)
{
	pthread_t threads[THREADS];
	unsigned int i;
	void *memory;

	export = export_pages(&guest, &pages, 0);
	memory = export_map(&export, PROT_READ | PROT_WRITE);
	look(memory);
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, map_and_look, NULL));
	/* The threads must have read pages as well. */
	if (first)
		CHECK(WITHIN_MS(10000, __atomic_load_n(&reads, __ATOMIC_RELAXED) > PAGES));
	usleep((useconds_t)rand() % MOST_US);
	export_revoke(&guest, &export);
	export_wait(&guest, &export);
	expect_sigbus(memory, PAGES);
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_join(threads[i], NULL));
	export_unmap(&export, memory);
	export_close(&guest, &export);
}

int main(void)
{
	unsigned int i, seed = (unsigned int)now_ns();

	srand(seed);
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	for (i = 0; i < ROUNDS; i++)
		try_round(i == 0);
	note("seed %u: %lu reads, %lu times SIGBUS", seed, reads, faults);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
