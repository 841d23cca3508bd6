// SPDX-License-Identifier: GPL-2.0
/*
 * kills-domu
 * limit: 120
 *
 * The guest is destroyed in the middle of EXPORT, which waits between two batches of references for
 * a missing page of the caller. The references that are already mapped stay valid. The rest are
 * refused. Then nothing of the guest is left.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "case.h"
#include "guest.h"
#include "uffd.h"

#define PAGES		200
#define BEFORE		128	/* references before the missing page: two batches */
#define STUCK_MS	5000
#define GONE_MS		10000

static struct guest guest;
static struct guest_pages pages;
static struct gntdev_dmabuf_export args;
static int16_t status[PAGES];
static int result, error;

/* Places the references so that the first one after BEFORE is at the start of the second page. */
static uint32_t *place_references(struct uffd *uffd)
{
	char *memory = mmap(NULL, 2 * PAGE_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t *refs;

	REQUIRE(memory != MAP_FAILED);
	refs = (uint32_t *)(memory + PAGE_BYTES) - BEFORE;
	memcpy(refs, pages.refs, PAGES * sizeof(refs[0]));
	uffd_take(uffd, memory + PAGE_BYTES);
	return refs;
}

static void *call_export(void *unused)
{
	(void)unused;
	result = gntdev_export(guest.gntdev, &args);
	error = errno;
	return NULL;
}

static void check_status(void)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		if ((status[i] < 0) != (i >= BEFORE))
			FAIL("the status of %u is %d", i, status[i]);
}

int main(void)
{
	pthread_t thread;
	struct uffd uffd;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	args = gntdev_export_args(guest.domid, place_references(&uffd), PAGES);
	args.status = (uintptr_t)status;
	REQUIRE(!pthread_create(&thread, NULL, call_export, NULL));
	REQUIRE(uffd_is_wanted(&uffd, STUCK_MS));
	guest_destroy();
	/* The mapped grants keep the domain. */
	CHECK(domain_exists(guest.domid));

	uffd_give_back(&uffd);
	REQUIRE(!pthread_join(thread, NULL));
	CHECK_EQ(result, -1);
	CHECK_EQ(error, EREMOTEIO);
	check_status();
	CHECK(WITHIN_MS(GONE_MS, !domain_exists(guest.domid)));
	return CASE_PASS;
}
