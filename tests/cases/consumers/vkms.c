// SPDX-License-Identifier: GPL-2.0
/*
 * A display shows the guest's memory. vkms imports the export as a picture and composes it. Each
 * pixel of its writeback equals that of the guest's picture, also after the guest has painted the
 * next one. This also works with scattered frames if the kernel can map them at one address (not in
 * a PV domain). vkms refuses a picture without such an address, and a READONLY one.
 */
#include <stdlib.h>
#include <unistd.h>

#include "case.h"
#include "frames.h"
#include "guest.h"
#include "kms.h"
#include "pattern.h"

static struct kms kms;
static struct guest guest;
static struct guest_pages pages;

static bool is_guests_picture(const uint32_t *got)
{
	static uint32_t want[KMS_PIXELS];
	uint32_t i;

	for (i = 0; i < KMS_PAGES; i++)
		pattern_fill((char *)want + i * PAGE_BYTES, pages.seed, i);
	for (i = 0; i < KMS_PIXELS; i++) {
		/* The top byte is not part of the colour. */
		if (!((got[i] ^ want[i]) & 0xffffff))
			continue;
		note("pixel %u,%u is %#x, expected %#x", i % KMS_WIDTH, i / KMS_WIDTH,
		     got[i], want[i]);
		return false;
	}
	return true;
}

static void check_frame(const struct kms_fb *picture)
{
	struct kms_fb screen = kms_fb_new(&kms);

	CHECK_OK(kms_show(&kms, picture, &screen));
	CHECK(is_guests_picture(screen.memory));
	kms_fb_free(&kms, &screen);
}

static void check_shown(struct export *export)
{
	struct kms_fb picture = kms_fb_import(&kms, export->fd);

	check_frame(&picture);
	guest_refill(&guest, &pages);
	check_frame(&picture);

	/* The display keeps the picture after the descriptor is closed. */
	CHECK_OK(close(export->fd));
	guest_refill(&guest, &pages);
	check_frame(&picture);
	CHECK_EQ(export_state(&guest, export->id), GNTDEV_DMABUF_STATE_LIVE);
	kms_fb_free(&kms, &picture);
}

static void check_refused(struct export *export)
{
	struct kms_fb screen = kms_fb_new(&kms);
	struct kms_fb picture = kms_fb_import(&kms, export->fd);

	CHECK_ERRNO(kms_show(&kms, &picture, &screen), EINVAL);
	kms_fb_free(&kms, &picture);
	kms_fb_free(&kms, &screen);
	CHECK_EQ(export_query(&guest, export->id).attachments, 0);
	CHECK_OK(close(export->fd));
}

/* The last picture stays on the screen until the display is closed. */
static void try_export(struct export export, bool shown)
{
	if (!kms_open(&kms, "vkms"))
		SKIP("this kernel does not have vkms");
	if (shown)
		check_shown(&export);
	else
		check_refused(&export);
	kms_close(&kms);
	export_wait(&guest, &export);
}

int main(void)
{
	frames_keep_cap();
	guest_open(&guest);
	guest_share(&guest, &pages, KMS_PAGES);

	try_export(export_pages(&guest, &pages, GNTDEV_DMABUF_EXPORT_CONTIGUOUS), true);
	try_export(export_pages(&guest, &pages, GNTDEV_DMABUF_EXPORT_READONLY), false);
	frames_set_cap(0);
	try_export(export_shuffled(&guest, &pages, false), !platform_is("pv"));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
