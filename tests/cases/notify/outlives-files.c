// SPDX-License-Identifier: GPL-2.0
/*
 * With the gntdev file closed and the eventfd's descriptor as well (another process or, here,
 * another descriptor has it) the eventfd is still signalled when the dma-buf goes; also
 * where the close of the file is what revokes the export.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "events.h"
#include "guest.h"

#define PAGES		5
#define QUIET_MS	200

static struct guest guest;
static struct guest_pages pages;

/* Returns the other descriptor; nothing is left but that, and the dma-buf. */
static int forget_all_but(struct export *export, uint32_t flags)
{
	int event = event_open(), other = CHECK_OK(dup(event));

	guest.gntdev = gntdev_open();
	REQUIRE(guest.gntdev >= 0);
	*export = export_pages(&guest, &pages, flags);
	CHECK_OK(gntdev_notify(guest.gntdev, export->id, event));
	CHECK_OK(close(event));
	CHECK_EQ(event_count(other), 0);
	CHECK_OK(close(guest.gntdev));
	return other;
}

static void try_close(void)
{
	struct export export;
	int event = forget_all_but(&export, 0);
	void *memory = export_map(&export, PROT_READ);

	CHECK_OK(close(export.fd));
	sleep_ms(QUIET_MS);
	CHECK_EQ(event_count(event), 0);
	export_unmap(&export, memory);
	CHECK_EQ(event_wait(event), 1);
	CHECK_OK(close(event));
}

static void try_revoke_on_close(void)
{
	struct export export;
	int event = forget_all_but(&export, GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE);

	CHECK_EQ(event_wait(event), 1);
	CHECK_OK(close(export.fd));
	sleep_ms(QUIET_MS);
	CHECK_EQ(event_count(event), 0);
	CHECK_OK(close(event));
}

/* Nobody at all is interested any more. */
static void try_unread(void)
{
	struct export export;
	int event = forget_all_but(&export, 0);

	CHECK_OK(close(event));
	CHECK_OK(close(export.fd));
}

int main(void)
{
	guest_open(&guest);
	CHECK_OK(close(guest.gntdev));
	guest_share(&guest, &pages, PAGES);
	try_close();
	try_revoke_on_close();
	try_unread();
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
