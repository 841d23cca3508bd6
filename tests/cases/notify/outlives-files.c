// SPDX-License-Identifier: GPL-2.0
/*
 * The gntdev file and the descriptor of the eventfd are closed. (A duplicate descriptor, here in
 * the same process, still refers to the eventfd.) The eventfd is still signalled when the dma-buf
 * is released, also if the close of the gntdev file revokes the export.
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

/* Makes an export. Closes all but the dma-buf and a duplicate of the eventfd, which it returns. */
static int forget_all_but(struct export *export, uint32_t flags)
{
	int event = event_open(), other = CHECK_OK(dup(event));

	guest_open_gntdev(&guest);
	*export = export_pages(&guest, &pages, flags);
	CHECK_OK(gntdev_notify(guest.gntdev, export->id, event));
	CHECK_OK(close(event));
	CHECK_EQ(event_count(other), 0);
	guest_close_gntdev(&guest);
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

/* The eventfd has no descriptor left when it is signalled. */
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
	guest_close_gntdev(&guest);
	guest_share(&guest, &pages, PAGES);
	try_close();
	try_revoke_on_close();
	try_unread();
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
