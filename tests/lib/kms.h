/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A display: a DRM device with one screen, for pictures of XRGB8888 of one size.
 * What fails ends the case unless it says otherwise.
 */

#ifndef TESTS_KMS_H
#define TESTS_KMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libdrm/drm.h>

/* The picture, which fills whole pages. */
#define KMS_WIDTH	640U
#define KMS_HEIGHT	480U
#define KMS_PIXELS	(KMS_WIDTH * KMS_HEIGHT)
#define KMS_BYTES	(KMS_PIXELS * 4U)
#define KMS_PAGES	(KMS_BYTES / 4096U)

/* The device of this driver, or -1. */
int drm_open(const char *driver);

/* A PRIME buffer of the device's; -1 with errno, and prints nothing. */
int drm_import(int drm, int dmabuf, uint32_t *handle);
void drm_close_handle(int drm, uint32_t handle);

/**
 * struct kms - a display
 * @drm: the device
 * @crtc: what composes the picture
 * @plane: where the picture is
 * @connector: where the composed picture goes: if it can be memory, then memory, else the
 *             screen; not all of them can do both at a time
 * @writes_back: it is memory
 * @mode: the blob that describes the screen's size
 */
struct kms {
	int drm;
	uint32_t crtc, plane, connector, mode;
	bool writes_back;
};

/* False if there is no device of that driver. */
bool kms_open(struct kms *kms, const char *driver);
void kms_close(struct kms *kms);

/**
 * struct kms_fb - a picture that can be shown
 * @handle: the memory
 * @id: the picture
 * @memory: where a picture of the device's own is mapped, else NULL
 */
struct kms_fb {
	uint32_t handle, id;
	uint32_t *memory;
};

/* In a dma-buf, and in memory of the device. */
struct kms_fb kms_fb_import(struct kms *kms, int dmabuf);
struct kms_fb kms_fb_new(struct kms *kms);
void kms_fb_free(struct kms *kms, struct kms_fb *fb);

/*
 * Show it, if the display writes back: in @writeback, before this returns. -1 with errno,
 * and prints nothing.
 */
int kms_show(struct kms *kms, const struct kms_fb *fb, const struct kms_fb *writeback);

#endif /* TESTS_KMS_H */
