// SPDX-License-Identifier: GPL-2.0
/*
 * A frontend that changes its mode, which the guest's driver never does. What the screen shows
 * after each step is compared elsewhere: the node data/step tells which one is shown, and the
 * program goes on when data/next is that step's number.
 *
 *   1  an area in the middle of a picture
 *   2  another picture, which is as large as the area and the same in it
 *   3  the whole of the first picture
 *   4  nothing
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frontend.h"

#define AREA_X		16U
#define AREA_Y		9U
#define AREA_WIDTH	32U
#define AREA_HEIGHT	40U
#define AREA_BYTES	(AREA_WIDTH * AREA_HEIGHT * 4)
#define AREA_PAGES	((AREA_BYTES + PAGE - 1) / PAGE)

static uint32_t colour(uint32_t x, uint32_t y)
{
	return x * 4 << 16 | y * 4 << 8 | (x ^ y);
}

static void paint(uint32_t *pixels, uint32_t left, uint32_t top, uint32_t width, uint32_t height)
{
	uint32_t x, y;

	for (y = 0; y < height; y++)
		for (x = 0; x < width; x++)
			pixels[y * width + x] = colour(left + x, top + y);
}

static void want(const char *what, const struct xendispl_req *request)
{
	int status = ask(request);

	if (!status)
		return;
	tell(what, status);
	exit(1);
}

/* The backend has to read the list only while it creates the buffer, so both buffers use it. */
static void create_small(void)
{
	uint32_t refs[AREA_PAGES], *pixels = share(refs, AREA_PAGES);
	struct xendispl_req request = create(2);

	memcpy(directory + 1, refs, sizeof(refs));
	paint(pixels, AREA_X, AREA_Y, AREA_WIDTH, AREA_HEIGHT);
	request.op.dbuf_create.width = AREA_WIDTH;
	request.op.dbuf_create.height = AREA_HEIGHT;
	request.op.dbuf_create.buffer_sz = AREA_BYTES;
	want("create the small one", &request);
	request = attach(2, 2, AREA_WIDTH, AREA_HEIGHT, XR24);
	want("attach the small one", &request);
}

static void create_large(uint32_t *pixels)
{
	struct xendispl_req request = create(1);

	paint(pixels, 0, 0, WIDTH, HEIGHT);
	want("create", &request);
	request = attach(1, 1, WIDTH, HEIGHT, XR24);
	want("attach", &request);
}

static unsigned int next(void)
{
	unsigned int length, number;
	char *value = xs_read(store, XBT_NULL, "data/next", &length);

	number = value ? (unsigned int)atoi(value) : 0;
	free(value);
	return number;
}

static void step(unsigned int number, struct xendispl_req request)
{
	want("show", &request);
	write_number("data/step", number);
	while (next() != number)
		usleep(100000);
}

int main(void)
{
	uint32_t *pixels = frontend_open();

	connect_backend();
	create_large(pixels);
	create_small();
	step(1, show(1, AREA_X, AREA_Y, AREA_WIDTH, AREA_HEIGHT));
	step(2, show(2, 0, 0, AREA_WIDTH, AREA_HEIGHT));
	step(3, show(1, 0, 0, WIDTH, HEIGHT));
	step(4, show(0, 0, 0, 0, 0));
	disconnect();
	puts("modes: done");
	return 0;
}
