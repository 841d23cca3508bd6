// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <xf86drm.h>

#include "card.h"

#define MAX_CARDS	64

static bool is_driver(int drm, const char *name)
{
	drmVersionPtr version = drmGetVersion(drm);
	bool is = version && !strcmp(version->name, name);

	drmFreeVersion(version);
	return is;
}

int card_open(const char *name, bool (*suits)(int drm))
{
	char path[32];
	int drm, i;

	if (name && strchr(name, '/'))
		return open(name, O_RDWR | O_CLOEXEC);
	for (i = 0; i < MAX_CARDS; i++) {
		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		drm = open(path, O_RDWR | O_CLOEXEC);
		if (drm < 0)
			continue;
		if (name ? is_driver(drm, name) : suits(drm))
			return drm;
		close(drm);
	}
	errno = ENODEV;
	return -1;
}
