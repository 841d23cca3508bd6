/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the machine's screen shows, by the emulator's own account.
 */

#ifndef TESTS_SCREEN_H
#define TESTS_SCREEN_H

#include <stdint.h>

/**
 * struct screen - a picture of the screen
 * @width: in pixels
 * @height: in pixels
 * @rgb: three bytes for each pixel; to be freed
 */
struct screen {
	unsigned int width, height;
	uint8_t *rgb;
};

/* Ends the case if there is none to be had. */
void screen_look(struct screen *screen);

#endif /* TESTS_SCREEN_H */
