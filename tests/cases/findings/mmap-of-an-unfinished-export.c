// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 * mainline-spoils
 * platforms: arm64
 *
 * While one thread exports, and waits for the peer to bring in a page (by test-faults),
 * another tries to mmap what is being made, by its place in the gntdev file. There is no
 * such place. Unpatched kernels list the export before they have mapped its grants, and the
 * mmap maps them as well, with the same operations onto the same frames. MAINLINE=1 expects
 * what comes of that on Arm: whoever is the second gives up and takes the first one's grants
 * away. The export of good references fails, and the mmap works, with nothing behind it.
 * (Without the module the handles of one of the two may be lost, and grants stay mapped.)
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

/* So often after the first try: 1 + 2 + ... + 40 ms with unpatched kernels. */
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

/* What the other thread got. */
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
	CHECK(memory != MAP_FAILED);
	CHECK_EQ(fd, -1);
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), 0);
	note("reproduced: the export fails, and of %u pages that mmap gave none is mapped",
	     PAGES);
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
