/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A display: a DRM device with one screen, for XRGB8888 pictures of one size. A function that
 * fails ends the case, unless its comment says otherwise.
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

/* Imports a dma-buf with PRIME. Returns -1 with errno set on failure, and prints nothing. */
int drm_import(int drm, int dmabuf, uint32_t *handle);
void drm_close_handle(int drm, uint32_t handle);

/**
 * struct kms - a display
 * @drm: the device
 * @crtc: composes the picture
 * @plane: shows the framebuffer
 * @connector: target of the composed picture: memory (writeback) if the device supports it, else
 *             the screen; not all devices support both at the same time
 * @writes_back: @connector writes to memory
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
 * struct kms_fb - a framebuffer
 * @handle: handle of its memory
 * @id: id of the framebuffer
 * @memory: mapping of memory that the device has allocated, else NULL
 */
struct kms_fb {
	uint32_t handle, id;
	uint32_t *memory;
};

/* Make a framebuffer from a dma-buf, and from memory that the device allocates. */
struct kms_fb kms_fb_import(struct kms *kms, int dmabuf);
struct kms_fb kms_fb_new(struct kms *kms);
void kms_fb_free(struct kms *kms, struct kms_fb *fb);

/*
 * Shows @fb. If the display writes back, the picture is in @writeback when this returns. Returns
 * -1 with errno set on failure, and prints nothing.
 */
int kms_show(struct kms *kms, const struct kms_fb *fb, const struct kms_fb *writeback);

#endif /* TESTS_KMS_H */
