// SPDX-License-Identifier: GPL-2.0
/*
 * A flag that is not known and a reserved member that is not zero are EINVAL, and
 * change nothing. The numbers kept for later operations are ENOTTY.
 */
#include <sys/ioctl.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"

static void try_export(struct guest *guest, struct guest_pages *pages)
{
	struct gntdev_dmabuf_export args;
	unsigned int bit;

	/* READONLY and CONTIGUOUS are known. */
	for (bit = 2; bit < 32; bit++) {
		args = gntdev_export_args(guest->domid, pages->refs, 1);
		args.flags = 1U << bit;
		if (gntdev_export(guest->gntdev, &args) != -1 ||
		    errno != EINVAL)
			FAIL("EXPORT with flag bit %u: errno %d (%m)", bit,
			     errno);
		args.flags |= GNTDEV_DMABUF_FLAG_READONLY;
		CHECK_ERRNO(gntdev_export(guest->gntdev, &args), EINVAL);
	}
	args = gntdev_export_args(guest->domid, pages->refs, 1);
	args.reserved = 1;
	CHECK_ERRNO(gntdev_export(guest->gntdev, &args), EINVAL);
	args.reserved = 0x80000000;
	CHECK_ERRNO(gntdev_export(guest->gntdev, &args), EINVAL);
}

static void try_wait_and_query(struct guest *guest, uint64_t id)
{
	struct gntdev_dmabuf_wait wait = { .size = sizeof(wait), .id = id };
	struct gntdev_dmabuf_query query = { .size = sizeof(query), .id = id };
	unsigned int bit;

	CHECK_OK(ioctl(guest->gntdev, GNTDEV_DMABUF_WAIT, &wait));
	CHECK_OK(ioctl(guest->gntdev, GNTDEV_DMABUF_QUERY, &query));
	for (bit = 0; bit < 32; bit++) {
		wait.flags = 1U << bit;
		CHECK_ERRNO(ioctl(guest->gntdev, GNTDEV_DMABUF_WAIT, &wait),
			    EINVAL);
		query.flags = 1U << bit;
		CHECK_ERRNO(ioctl(guest->gntdev, GNTDEV_DMABUF_QUERY, &query),
			    EINVAL);
	}
}

int main(void)
{
	struct guest_pages pages;
	struct export export;
	struct guest guest;
	unsigned int fds;

	skip_on_pv();
	guest_open(&guest);
	guest_share(&guest, &pages, 1);
	fds = count_fds();
	try_export(&guest, &pages);
	CHECK_EQ(count_fds(), fds);

	export = export_pages(&guest, &pages, 0);
	export_close(&guest, &export);
	try_wait_and_query(&guest, export.id);

	CHECK_ERRNO(ioctl(guest.gntdev, _IO('G', 0x3f), &pages), ENOTTY);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
