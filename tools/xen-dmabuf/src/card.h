/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finding DRM devices.
 */
#ifndef CARD_H
#define CARD_H

#include <stdbool.h>

/**
 * card_open - open a DRM device
 * @name: the path of its node, the name of its driver, or NULL for the first one that @suits
 * @suits: only asked if @name is NULL
 *
 * Returns a descriptor, or -1 with errno set, ENODEV if there is no such device.
 */
int card_open(const char *name, bool (*suits)(int drm));

#endif /* CARD_H */
