// SPDX-License-Identifier: GPL-2.0
#include "card.h"

#define BARS_HEIGHT	(CARD_HEIGHT / 2)
#define RAMP_TOP	BARS_HEIGHT
#define RAMP_HEIGHT	(CARD_HEIGHT / 8)
#define FIELD_TOP	(RAMP_TOP + RAMP_HEIGHT)
#define GRID		40
#define RING_INNER	220
#define RING_OUTER	224
#define MARKER_WIDTH	24
#define MARKER_STEP	((CARD_WIDTH - MARKER_WIDTH) / (CARD_FRAMES - 1))

#define DIGIT_COLUMNS	3
#define DIGIT_ROWS	5
#define DIGIT_PIXEL	36
#define DIGIT_LEFT	((CARD_WIDTH - DIGIT_COLUMNS * DIGIT_PIXEL) / 2)
#define DIGIT_TOP	((CARD_HEIGHT - DIGIT_ROWS * DIGIT_PIXEL) / 2)

#define RGB(r, g, b)	(0xff000000U | (uint32_t)(r) << 16 | \
			 (uint32_t)(g) << 8 | (uint32_t)(b))
#define BLACK		RGB(0, 0, 0)
#define GREY		RGB(48, 48, 56)
#define WHITE		RGB(255, 255, 255)

/* Rows from the top. The highest of the three bits is the left column. */
static const uint8_t digits[10][DIGIT_ROWS] = {
	{ 7, 5, 5, 5, 7 }, { 2, 6, 2, 2, 7 }, { 7, 1, 7, 4, 7 },
	{ 7, 1, 7, 1, 7 }, { 5, 5, 7, 1, 1 }, { 7, 4, 7, 1, 7 },
	{ 7, 4, 7, 5, 7 }, { 7, 1, 1, 2, 2 }, { 7, 5, 7, 5, 7 },
	{ 7, 5, 7, 1, 7 },
};

static uint32_t bar_colour(unsigned int x)
{
	static const uint32_t colours[] = {
		RGB(235, 235, 235), RGB(235, 235, 16), RGB(16, 235, 235),
		RGB(16, 235, 16), RGB(235, 16, 235), RGB(235, 16, 16),
		RGB(16, 16, 235), RGB(16, 16, 16),
	};

	return colours[x * 8 / CARD_WIDTH];
}

/* The ramp moves from frame to frame. */
static uint32_t ramp_colour(unsigned int x, unsigned int frame)
{
	unsigned int level = (x + frame * (CARD_WIDTH / CARD_FRAMES)) %
			     CARD_WIDTH * 256 / CARD_WIDTH;

	return RGB(level, 255 - level, level / 2 + 64);
}

static uint32_t field_colour(unsigned int x, unsigned int y)
{
	return x % GRID == 0 || y % GRID == 0 ? WHITE : GREY;
}

static uint32_t ground_colour(unsigned int x, unsigned int y,
			      unsigned int frame)
{
	if (y < RAMP_TOP)
		return bar_colour(x);
	if (y < FIELD_TOP)
		return ramp_colour(x, frame);
	return field_colour(x, y);
}

static int in_ring(unsigned int x, unsigned int y)
{
	int dx = (int)x - (int)CARD_WIDTH / 2;
	int dy = (int)y - (int)CARD_HEIGHT / 2;
	int square = dx * dx + dy * dy;

	return square >= RING_INNER * RING_INNER &&
	       square < RING_OUTER * RING_OUTER;
}

static void fill(uint32_t *pixels, unsigned int left, unsigned int top,
		 unsigned int width, unsigned int height, uint32_t colour)
{
	unsigned int x, y;

	for (y = top; y < top + height; y++)
		for (x = left; x < left + width; x++)
			pixels[y * CARD_WIDTH + x] = colour;
}

static void paint_ground(uint32_t *pixels, unsigned int frame)
{
	unsigned int x, y;

	for (y = 0; y < CARD_HEIGHT; y++)
		for (x = 0; x < CARD_WIDTH; x++)
			pixels[y * CARD_WIDTH + x] =
				in_ring(x, y) ? WHITE :
						ground_colour(x, y, frame);
}

static void paint_digit(uint32_t *pixels, unsigned int digit)
{
	unsigned int row, column;

	fill(pixels, DIGIT_LEFT - DIGIT_PIXEL, DIGIT_TOP - DIGIT_PIXEL,
	     (DIGIT_COLUMNS + 2) * DIGIT_PIXEL, (DIGIT_ROWS + 2) * DIGIT_PIXEL,
	     BLACK);
	for (row = 0; row < DIGIT_ROWS; row++)
		for (column = 0; column < DIGIT_COLUMNS; column++)
			if (digits[digit][row] & 4 >> column)
				fill(pixels, DIGIT_LEFT + column * DIGIT_PIXEL,
				     DIGIT_TOP + row * DIGIT_PIXEL,
				     DIGIT_PIXEL, DIGIT_PIXEL, WHITE);
}

void card_paint_frame(uint32_t *pixels, unsigned int frame)
{
	paint_ground(pixels, frame);
	fill(pixels, frame % CARD_FRAMES * MARKER_STEP, FIELD_TOP, MARKER_WIDTH,
	     CARD_HEIGHT - FIELD_TOP, RGB(255, 128, 0));
	paint_digit(pixels, frame % 10);
}
