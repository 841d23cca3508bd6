// SPDX-License-Identifier: GPL-2.0
/*
 * An unknown flag or a reserved member that is not zero is EINVAL and has no effect. The ioctl
 * numbers that are reserved for later operations are ENOTTY.
 */
#include <sys/ioctl.h>
#include <unistd.h>

#include "case.h"
#include "events.h"
#include "guest.h"

static void try_export(struct guest *guest, struct guest_pages *pages)
{
	struct gntdev_dmabuf_export args;
	unsigned int bit;

	/* READONLY, CONTIGUOUS, REVOKE_ON_CLOSE and REVOCABLE are known. */
	for (bit = 4; bit < 32; bit++) {
		args = gntdev_export_args(guest->domid, pages->refs, 1);
		args.flags = 1U << bit;
		if (gntdev_export(guest->gntdev, &args) != -1 ||
		    errno != EINVAL)
			FAIL("EXPORT with flag bit %u: errno %d (%m)", bit,
			     errno);
		args.flags |= GNTDEV_DMABUF_EXPORT_READONLY;
		CHECK_ERRNO(gntdev_export(guest->gntdev, &args), EINVAL);
	}
	args = gntdev_export_args(guest->domid, pages->refs, 1);
	args.reserved = 1;
	CHECK_ERRNO(gntdev_export(guest->gntdev, &args), EINVAL);
	args.reserved = 0x80000000;
	CHECK_ERRNO(gntdev_export(guest->gntdev, &args), EINVAL);
}

/* Each of these operations succeeds for a released export, except with unknown flags. */
static void try_flags(struct guest *guest, unsigned long request, const char *name,
		      void *args, uint32_t *flags, uint32_t known)
{
	unsigned int bit;

	*flags = 0;
	if (ioctl(guest->gntdev, request, args))
		FAIL("%s: errno %d (%m)", name, errno);
	for (bit = 0; bit < 32; bit++) {
		*flags = 1U << bit;
		if (*flags & known)
			continue;
		if (ioctl(guest->gntdev, request, args) != -1 || errno != EINVAL)
			FAIL("%s with flag bit %u: errno %d (%m)", name, bit, errno);
	}
	*flags = 0;
}

static void try_others(struct guest *guest, uint64_t id)
{
	int event = event_open();
	struct gntdev_dmabuf_wait wait = { .size = sizeof(wait), .id = id };
	struct gntdev_dmabuf_query query = { .size = sizeof(query), .id = id };
	struct gntdev_dmabuf_revoke revoke_args = { .size = sizeof(revoke_args), .id = id };
	struct gntdev_dmabuf_notify notify = { .size = sizeof(notify), .id = id, .eventfd = event };

	try_flags(guest, GNTDEV_DMABUF_WAIT, "WAIT", &wait, &wait.flags, 0);
	try_flags(guest, GNTDEV_DMABUF_QUERY, "QUERY", &query, &query.flags, 0);
	try_flags(guest, GNTDEV_DMABUF_REVOKE, "REVOKE", &revoke_args, &revoke_args.flags, 0);
	try_flags(guest, GNTDEV_DMABUF_NOTIFY, "NOTIFY", &notify, &notify.flags,
		  GNTDEV_DMABUF_NOTIFY_REMOVE);
	notify.reserved = 1;
	CHECK_ERRNO(ioctl(guest->gntdev, GNTDEV_DMABUF_NOTIFY, &notify), EINVAL);
	notify.reserved = 0x80000000;
	CHECK_ERRNO(ioctl(guest->gntdev, GNTDEV_DMABUF_NOTIFY, &notify), EINVAL);
	CHECK_OK(close(event));
}

/* A refused operation has no effect. */
static void try_live(struct guest *guest, const struct export *export)
{
	struct gntdev_dmabuf_revoke args = {
		.size = sizeof(args),
		.flags = 1,
		.id = export->id,
	};

	CHECK_ERRNO(ioctl(guest->gntdev, GNTDEV_DMABUF_REVOKE, &args), EINVAL);
	CHECK_EQ(export_state(guest, export->id), GNTDEV_DMABUF_STATE_LIVE);
}

int main(void)
{
	struct guest_pages pages;
	struct export export;
	struct guest guest;
	unsigned int fds;

	guest_open(&guest);
	guest_share(&guest, &pages, 1);
	fds = count_fds();
	try_export(&guest, &pages);
	CHECK_EQ(count_fds(), fds);

	export = export_pages(&guest, &pages, 0);
	try_live(&guest, &export);
	export_close(&guest, &export);
	try_others(&guest, export.id);

	CHECK_ERRNO(ioctl(guest.gntdev, _IO('G', 0x3f), &pages), ENOTTY);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
