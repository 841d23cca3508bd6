// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 * mainline-spoils
 * platforms: arm64
 *
 * While one thread exports, and waits for the peer to bring in a page (by test-faults), another
 * thread tries to mmap the unfinished export by its place in the gntdev file. The export has no
 * such place. Unpatched kernels list the export before they have mapped its grants, so the mmap
 * maps the same grants onto the same frames. MAINLINE=1 expects what follows on Arm: the second of
 * the two gives up, and unmaps what the first one has mapped. The export of good references fails,
 * and the mmap succeeds with almost nothing behind it. The handle of a grant that both have mapped
 * may be lost; that grant stays mapped.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "faults.h"
#include "guest.h"
#include "hv.h"

#define PAGES	64
#define BYTES	(PAGES * PAGE_BYTES)

/* Retries after the first try. On unpatched kernels these take 1 + 2 + ... + 40 ms. */
#define RETRIES	40

static struct guest guest;
static struct guest_pages pages;
static bool over;

static void *try_to_map(void *unused)
{
	void *memory = MAP_FAILED;

	(void)unused;
	while (memory == MAP_FAILED && !__atomic_load_n(&over, __ATOMIC_ACQUIRE))
		memory = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, guest.gntdev, 0);
	return memory;
}

/* Exports while another thread tries to mmap. Returns the result of the mmap. */
static void *export_and_map(int *fd)
{
	pthread_t thread;
	void *memory;

	REQUIRE(!pthread_create(&thread, NULL, try_to_map, NULL));
	fault_set(FAULT_MAP_AGAIN, PAGES + RETRIES);
	*fd = gntdev_old_export(guest.gntdev, 0, guest.domid, pages.refs, PAGES);
	__atomic_store_n(&over, true, __ATOMIC_RELEASE);
	REQUIRE(!pthread_join(thread, &memory));
	fault_set(FAULT_MAP_AGAIN, 0);
	return memory;
}

static int reproduce(int fd, void *memory)
{
	unsigned int mapped = hv_mapped(guest.domid, pages.refs, PAGES);

	CHECK(memory != MAP_FAILED);
	CHECK_EQ(fd, -1);
	CHECK(mapped < PAGES);
	note("reproduced: the export fails, and of %u pages that mmap gave %u are mapped",
	     PAGES, mapped);
	return CASE_PASS;
}

int main(void)
{
	void *memory;
	int fd;

	faults_begin();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	memory = export_and_map(&fd);
	if (is_mainline())
		return reproduce(fd, memory);
	CHECK(memory == MAP_FAILED);
	CHECK(fd >= 0);
	old_export_close(&guest, fd);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
