/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contents of the machine's screen, according to the emulator.
 */

#ifndef TESTS_SCREEN_H
#define TESTS_SCREEN_H

#include <stdint.h>

/**
 * struct screen - a picture of the screen
 * @width: in pixels
 * @height: in pixels
 * @rgb: three bytes for each pixel; the caller frees it
 */
struct screen {
	unsigned int width, height;
	uint8_t *rgb;
};

/* Ends the case if the emulator sends no picture. */
void screen_look(struct screen *screen);

#endif /* TESTS_SCREEN_H */
