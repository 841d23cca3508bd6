// SPDX-License-Identifier: GPL-2.0
/*
 * When WAIT returns 0, all grants are already unmapped. The hypervisor reports them as unmapped,
 * and the guest can end them immediately. The wait begins before another thread releases the
 * buffer. So the case would fail if the waiter were woken while grants are still being unmapped.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define FEW	64
#define MANY	2025
#define TIMES	4

struct holder {
	pthread_t thread;
	struct export export;
	void *memory;
};

static void *let_go(void *argument)
{
	struct holder *holder = argument;

	sleep_ms(100);
	export_unmap(&holder->export, holder->memory);
	CHECK_OK(close(holder->export.fd));
	return NULL;
}

static void start(struct guest *guest, struct guest_pages *pages,
		  uint32_t count, struct holder *holder)
{
	guest_share(guest, pages, count);
	holder->export = export_pages(guest, pages, 0);
	holder->memory = export_map(&holder->export, PROT_READ);
	CHECK(memory_is(holder->memory, 0, count, pages->seed));
}

static void wait_for(struct guest *guest, struct holder *holder)
{
	REQUIRE(!pthread_create(&holder->thread, NULL, let_go, holder));
	export_wait(guest, &holder->export);
}

static void try_hypervisor(struct guest *guest)
{
	struct guest_pages pages;
	struct holder holder;

	start(guest, &pages, FEW, &holder);
	CHECK_EQ(hv_mapped(guest->domid, pages.refs, FEW), FEW);
	wait_for(guest, &holder);
	CHECK_EQ(hv_mapped(guest->domid, pages.refs, FEW), 0);
	REQUIRE(!pthread_join(holder.thread, NULL));
	CHECK_EQ(guest_unshare(guest, &pages), 0);
}

static void try_guest(struct guest *guest)
{
	struct guest_pages pages;
	struct holder holder;
	uint32_t in_use;

	start(guest, &pages, MANY, &holder);
	wait_for(guest, &holder);
	in_use = guest_unshare(guest, &pages);
	if (in_use)
		FAIL("after WAIT the guest could not end %u of its grants",
		     in_use);
	REQUIRE(!pthread_join(holder.thread, NULL));
}

/* Checks that the guest detects mapped grants, so that its answer above is meaningful. */
static void try_live(struct guest *guest)
{
	struct guest_pages pages;
	struct export export;

	guest_share(guest, &pages, 3);
	export = export_pages(guest, &pages, 0);
	CHECK_EQ(guest_unshare(guest, &pages), 3);
	export_close(guest, &export);
}

int main(void)
{
	struct guest guest;
	unsigned int i;

	guest_open(&guest);
	for (i = 0; i < TIMES; i++) {
		try_hypervisor(&guest);
		try_guest(&guest);
	}
	try_live(&guest);
	return CASE_PASS;
}
