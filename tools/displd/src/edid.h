/* SPDX-License-Identifier: GPL-2.0 */
/*
 * EDID of a guest's connector: one mode of 60 frames a second.
 */
#ifndef EDID_H
#define EDID_H

#include <stdint.h>

#define EDID_BYTES	128U

/* Writes the EDID to the pages that a guest lists. Returns 0 or a negative errno. */
int edid_send(uint32_t domid, uint32_t directory, uint32_t size, uint32_t width, uint32_t height);

#endif /* EDID_H */
