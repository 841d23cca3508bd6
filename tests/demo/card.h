/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The test card: a picture of 1280x720 pixels of 32 bits (XRGB8888) that changes from frame to
 * frame.
 *
 * The guest (card-guest) paints it into shared memory. Dom0 (card-show) asks these questions
 * (lib/rpc.h):
 *
 *   picture        <width> <height> <stride> <pages> <frames> <reference of the first
 *                  gnt_dir>
 *   frame <n>      <FNV-1a of the picture's bytes>, after it is painted
 *   released       -; the guest takes its memory back
 */

#ifndef TESTS_DEMO_CARD_H
#define TESTS_DEMO_CARD_H

#include <stdint.h>

#define CARD_WIDTH	1280U
#define CARD_HEIGHT	720U
#define CARD_STRIDE	(CARD_WIDTH * 4)
#define CARD_BYTES	(CARD_STRIDE * CARD_HEIGHT)
#define CARD_PAGES	(CARD_BYTES / 4096)
#define CARD_FRAMES	5U

void card_paint_frame(uint32_t *pixels, unsigned int frame);

#endif /* TESTS_DEMO_CARD_H */
