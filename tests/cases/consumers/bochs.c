// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv
 *
 * A visible screen shows the guest's picture. The bochs driver displays the export, and QEMU
 * reports the contents of its screen. Each pixel equals that of the guest's picture, also after the
 * guest has painted the next one. On Linux 6.12 this driver does not import any dma-buf.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "kms.h"
#include "pattern.h"
#include "screen.h"

static struct kms kms;
static struct guest guest;
static struct guest_pages pages;

static uint32_t pixel_of(const struct screen *screen, uint32_t i)
{
	const uint8_t *rgb = screen->rgb + 3UL * i;

	return (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
}

static uint32_t count_wrong(const struct screen *screen)
{
	static uint32_t want[KMS_PIXELS];
	uint32_t wrong = 0, i;

	for (i = 0; i < KMS_PAGES; i++)
		pattern_fill((char *)want + i * PAGE_BYTES, pages.seed, i);
	/* The top byte is not part of the colour. */
	for (i = 0; i < KMS_PIXELS; i++)
		wrong += pixel_of(screen, i) != (want[i] & 0xffffff);
	return wrong;
}

static void check_frame(const struct kms_fb *picture)
{
	struct screen screen;

	CHECK_OK(kms_show(&kms, picture, NULL));
	screen_look(&screen);
	CHECK_EQ(screen.width, KMS_WIDTH);
	CHECK_EQ(screen.height, KMS_HEIGHT);
	CHECK_EQ(count_wrong(&screen), 0);
	free(screen.rgb);
}

/* Does bochs import a buffer of another kernel driver? */
static bool imports_at_all(void)
{
	struct drm_mode_create_dumb dumb = {
		.width = KMS_WIDTH,
		.height = KMS_HEIGHT,
		.bpp = 32,
	};
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC };
	int vgem = drm_open("vgem");
	uint32_t handle;
	bool imports;

	REQUIRE(vgem >= 0);
	REQUIRE(!ioctl(vgem, DRM_IOCTL_MODE_CREATE_DUMB, &dumb));
	prime.handle = dumb.handle;
	REQUIRE(!ioctl(vgem, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
	imports = !drm_import(kms.drm, prime.fd, &handle);
	if (imports)
		drm_close_handle(kms.drm, handle);
	close(prime.fd);
	close(vgem);
	return imports;
}

int main(void)
{
	struct kms_fb picture;
	struct export export;

	if (!kms_open(&kms, "bochs-drm"))
		SKIP("this kernel does not have bochs");
	if (!imports_at_all())
		SKIP("bochs in this kernel does not import dma-bufs");
	guest_open(&guest);
	guest_share(&guest, &pages, KMS_PAGES);
	export = export_pages(&guest, &pages, GNTDEV_DMABUF_EXPORT_CONTIGUOUS);
	picture = kms_fb_import(&kms, export.fd);

	check_frame(&picture);
	guest_refill(&guest, &pages);
	check_frame(&picture);

	kms_fb_free(&kms, &picture);
	kms_close(&kms);
	export_close(&guest, &export);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
