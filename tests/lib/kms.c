// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libdrm/drm_fourcc.h>

#include "case.h"
#include "kms.h"

#define CARDS		8
#define WRITEBACK_MS	10000

#define to_user(pointer)	((uint64_t)(uintptr_t)(pointer))

/* ---- the device */

static bool is_driver(int fd, const char *driver)
{
	char name[32] = "";
	struct drm_version version = {
		.name = name,
		.name_len = sizeof(name) - 1,
	};

	return !ioctl(fd, DRM_IOCTL_VERSION, &version) && !strcmp(name, driver);
}

int drm_open(const char *driver)
{
	unsigned int i;

	for (i = 0; i < CARDS; i++) {
		char path[32];
		int fd;

		snprintf(path, sizeof(path), "/dev/dri/card%u", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (is_driver(fd, driver))
			return fd;
		close(fd);
	}
	return -1;
}

int drm_import(int drm, int dmabuf, uint32_t *handle)
{
	struct drm_prime_handle prime = { .fd = dmabuf };

	if (ioctl(drm, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime))
		return -1;
	*handle = prime.handle;
	return 0;
}

void drm_close_handle(int drm, uint32_t handle)
{
	struct drm_gem_close args = { .handle = handle };

	CHECK_OK(ioctl(drm, DRM_IOCTL_GEM_CLOSE, &args));
}

/* ---- its properties */

/* Finds the property with this name, and its value. */
static uint32_t find_property(struct kms *kms, uint32_t object, const char *name, uint64_t *value)
{
	struct drm_mode_obj_get_properties list = { .obj_id = object };
	uint32_t ids[64];
	uint64_t values[64];
	uint32_t i;

	list.props_ptr = to_user(ids);
	list.prop_values_ptr = to_user(values);
	list.count_props = ARRAY_SIZE(ids);
	list.obj_type = DRM_MODE_OBJECT_ANY;
	REQUIRE(!ioctl(kms->drm, DRM_IOCTL_MODE_OBJ_GETPROPERTIES, &list));
	REQUIRE(list.count_props <= ARRAY_SIZE(ids));
	for (i = 0; i < list.count_props; i++) {
		struct drm_mode_get_property property = { .prop_id = ids[i] };

		REQUIRE(!ioctl(kms->drm, DRM_IOCTL_MODE_GETPROPERTY, &property));
		if (!strcmp(property.name, name)) {
			*value = values[i];
			return ids[i];
		}
	}
	case_error(__FILE__, __LINE__, "object %u has no property %s", object, name);
}

/* Values of properties for one atomic commit. */
struct commit {
	struct kms *kms;
	uint32_t count;
	uint32_t objects[32], ones[32], properties[32];
	uint64_t values[32];
};

static void set(struct commit *commit, uint32_t object, const char *name, uint64_t value)
{
	uint32_t i = commit->count++;
	uint64_t before;

	REQUIRE(i < ARRAY_SIZE(commit->objects));
	commit->objects[i] = object;
	commit->ones[i] = 1;
	commit->properties[i] = find_property(commit->kms, object, name, &before);
	commit->values[i] = value;
}

static int apply(struct commit *commit)
{
	struct drm_mode_atomic args = {
		.flags = DRM_MODE_ATOMIC_ALLOW_MODESET,
		.count_objs = commit->count,
		.objs_ptr = to_user(commit->objects),
		.count_props_ptr = to_user(commit->ones),
		.props_ptr = to_user(commit->properties),
		.prop_values_ptr = to_user(commit->values),
	};

	return ioctl(commit->kms->drm, DRM_IOCTL_MODE_ATOMIC, &args);
}

/* ---- what it is made of */

static void set_capability(struct kms *kms, uint64_t capability)
{
	struct drm_set_client_cap args = { .capability = capability, .value = 1 };

	REQUIRE(!ioctl(kms->drm, DRM_IOCTL_SET_CLIENT_CAP, &args));
}

static bool has_size(const struct drm_mode_modeinfo *mode)
{
	return mode->hdisplay == KMS_WIDTH && mode->vdisplay == KMS_HEIGHT;
}

static uint32_t new_blob(struct kms *kms, const void *data, uint32_t length)
{
	struct drm_mode_create_blob args = { .data = to_user(data), .length = length };

	REQUIRE(!ioctl(kms->drm, DRM_IOCTL_MODE_CREATEPROPBLOB, &args));
	return args.blob_id;
}

/* The kernel detects the modes of a screen when it is asked for their number. */
static void take_mode(struct kms *kms, struct drm_mode_get_connector *args)
{
	struct drm_mode_modeinfo *modes;
	uint32_t i;

	modes = calloc(args->count_modes, sizeof(*modes));
	REQUIRE(modes);
	args->modes_ptr = to_user(modes);
	args->count_props = 0;
	args->count_encoders = 0;
	REQUIRE(!ioctl(kms->drm, DRM_IOCTL_MODE_GETCONNECTOR, args));
	for (i = 0; i < args->count_modes && !kms->mode; i++)
		if (has_size(&modes[i]))
			kms->mode = new_blob(kms, &modes[i], sizeof(modes[i]));
	free(modes);
}

static void take_connector(struct kms *kms, uint32_t connector)
{
	struct drm_mode_get_connector args = { .connector_id = connector };

	REQUIRE(!ioctl(kms->drm, DRM_IOCTL_MODE_GETCONNECTOR, &args));
	if (args.connector_type == DRM_MODE_CONNECTOR_WRITEBACK)
		kms->writes_back = true;
	else
		take_mode(kms, &args);
	if (args.connector_type == DRM_MODE_CONNECTOR_WRITEBACK || !kms->connector)
		kms->connector = connector;
}

static void take_resources(struct kms *kms)
{
	uint32_t connectors[8], crtcs[8], i;
	struct drm_mode_card_res args = {
		.connector_id_ptr = to_user(connectors),
		.count_connectors = ARRAY_SIZE(connectors),
		.crtc_id_ptr = to_user(crtcs),
		.count_crtcs = ARRAY_SIZE(crtcs),
	};

	REQUIRE(!ioctl(kms->drm, DRM_IOCTL_MODE_GETRESOURCES, &args));
	REQUIRE(args.count_crtcs == 1);
	kms->crtc = crtcs[0];
	for (i = 0; i < args.count_connectors; i++)
		take_connector(kms, connectors[i]);
	REQUIRE(kms->connector && kms->mode);
}

static void take_plane(struct kms *kms)
{
	uint32_t planes[16], i;
	struct drm_mode_get_plane_res args = {
		.plane_id_ptr = to_user(planes),
		.count_planes = ARRAY_SIZE(planes),
	};
	uint64_t type;

	REQUIRE(!ioctl(kms->drm, DRM_IOCTL_MODE_GETPLANERESOURCES, &args));
	for (i = 0; i < args.count_planes; i++) {
		find_property(kms, planes[i], "type", &type);
		/* DRM_PLANE_TYPE_PRIMARY */
		if (type == 1)
			kms->plane = planes[i];
	}
	REQUIRE(kms->plane);
}

bool kms_open(struct kms *kms, const char *driver)
{
	*kms = (struct kms){ .drm = drm_open(driver) };
	if (kms->drm < 0)
		return false;
	set_capability(kms, DRM_CLIENT_CAP_UNIVERSAL_PLANES);
	set_capability(kms, DRM_CLIENT_CAP_ATOMIC);
	set_capability(kms, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS);
	take_resources(kms);
	take_plane(kms);
	return true;
}

void kms_close(struct kms *kms)
{
	struct commit commit = { .kms = kms };

	set(&commit, kms->crtc, "ACTIVE", 0);
	set(&commit, kms->crtc, "MODE_ID", 0);
	set(&commit, kms->connector, "CRTC_ID", 0);
	set(&commit, kms->plane, "CRTC_ID", 0);
	set(&commit, kms->plane, "FB_ID", 0);
	CHECK_OK(apply(&commit));
	CHECK_OK(close(kms->drm));
}

/* ---- pictures */

static uint32_t new_fb(struct kms *kms, uint32_t handle)
{
	struct drm_mode_fb_cmd2 args = {
		.width = KMS_WIDTH,
		.height = KMS_HEIGHT,
		.pixel_format = DRM_FORMAT_XRGB8888,
		.handles = { handle },
		.pitches = { KMS_WIDTH * 4 },
	};

	CHECK_OK(ioctl(kms->drm, DRM_IOCTL_MODE_ADDFB2, &args));
	return args.fb_id;
}

struct kms_fb kms_fb_import(struct kms *kms, int dmabuf)
{
	struct kms_fb fb = { 0 };

	CHECK_OK(drm_import(kms->drm, dmabuf, &fb.handle));
	fb.id = new_fb(kms, fb.handle);
	return fb;
}

static void *map_dumb(int drm, uint32_t handle)
{
	struct drm_mode_map_dumb args = { .handle = handle };

	REQUIRE(!ioctl(drm, DRM_IOCTL_MODE_MAP_DUMB, &args));
	return mmap(NULL, KMS_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, drm,
		    (off_t)args.offset);
}

struct kms_fb kms_fb_new(struct kms *kms)
{
	struct drm_mode_create_dumb args = {
		.width = KMS_WIDTH,
		.height = KMS_HEIGHT,
		.bpp = 32,
	};
	struct kms_fb fb;

	REQUIRE(!ioctl(kms->drm, DRM_IOCTL_MODE_CREATE_DUMB, &args));
	REQUIRE(args.pitch == KMS_WIDTH * 4);
	fb.handle = args.handle;
	fb.memory = map_dumb(kms->drm, args.handle);
	REQUIRE(fb.memory != MAP_FAILED);
	fb.id = new_fb(kms, args.handle);
	return fb;
}

void kms_fb_free(struct kms *kms, struct kms_fb *fb)
{
	if (fb->memory)
		munmap(fb->memory, KMS_BYTES);
	CHECK_OK(ioctl(kms->drm, DRM_IOCTL_MODE_RMFB, &fb->id));
	drm_close_handle(kms->drm, fb->handle);
	*fb = (struct kms_fb){ 0 };
}

static void set_whole_screen(struct commit *commit, uint32_t plane)
{
	/* The coordinates of the source are 16.16 fixed point. */
	set(commit, plane, "SRC_X", 0);
	set(commit, plane, "SRC_Y", 0);
	set(commit, plane, "SRC_W", (uint64_t)KMS_WIDTH << 16);
	set(commit, plane, "SRC_H", (uint64_t)KMS_HEIGHT << 16);
	set(commit, plane, "CRTC_X", 0);
	set(commit, plane, "CRTC_Y", 0);
	set(commit, plane, "CRTC_W", KMS_WIDTH);
	set(commit, plane, "CRTC_H", KMS_HEIGHT);
}

static void set_writeback(struct commit *commit, const struct kms_fb *fb, int *fence)
{
	uint32_t connector = commit->kms->connector;

	set(commit, connector, "WRITEBACK_FB_ID", fb->id);
	set(commit, connector, "WRITEBACK_OUT_FENCE_PTR", to_user(fence));
}

static void wait_written(int fence)
{
	struct pollfd done = { .fd = fence, .events = POLLIN };

	REQUIRE(fence >= 0);
	if (poll(&done, 1, WRITEBACK_MS) != 1)
		FAIL("no picture was written back in %u ms", WRITEBACK_MS);
	close(fence);
}

int kms_show(struct kms *kms, const struct kms_fb *fb, const struct kms_fb *writeback)
{
	struct commit commit = { .kms = kms };
	int fence = -1;

	set(&commit, kms->crtc, "ACTIVE", 1);
	set(&commit, kms->crtc, "MODE_ID", kms->mode);
	set(&commit, kms->connector, "CRTC_ID", kms->crtc);
	set(&commit, kms->plane, "CRTC_ID", kms->crtc);
	set(&commit, kms->plane, "FB_ID", fb->id);
	set_whole_screen(&commit, kms->plane);
	if (kms->writes_back)
		set_writeback(&commit, writeback, &fence);
	if (apply(&commit))
		return -1;
	if (kms->writes_back)
		wait_written(fence);
	return 0;
}
