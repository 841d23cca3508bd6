// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "directory.h"
#include "displd.h"
#include "edid.h"
#include "protocol.h"

/* Blanking of the mode, in pixels and lines. */
#define H_BLANK		160U
#define H_FRONT		48U
#define H_SYNC		32U
#define V_BLANK		30U
#define V_FRONT		3U
#define V_SYNC		5U
#define HERTZ		60ULL
/* What twelve bits can tell. */
#define MAX_SIDE	4095U
/* Where the parts of the block are (VESA E-EDID 1.4, section 3). */
#define TIMING		54
#define NAME		72
#define CHECKSUM	127

/* A detailed timing. The clock is in units of 10 kHz. */
static void fill_timing(uint8_t *timing, uint32_t width, uint32_t height)
{
	uint64_t clock = (width + H_BLANK) * (uint64_t)(height + V_BLANK) * HERTZ / 10000;

	if (clock > UINT16_MAX)
		clock = UINT16_MAX;
	timing[0] = (uint8_t)clock;
	timing[1] = (uint8_t)(clock >> 8);
	timing[2] = (uint8_t)width;
	timing[3] = H_BLANK;
	timing[4] = (uint8_t)(width >> 8 << 4);
	timing[5] = (uint8_t)height;
	timing[6] = V_BLANK;
	timing[7] = (uint8_t)(height >> 8 << 4);
	timing[8] = H_FRONT;
	timing[9] = H_SYNC;
	timing[10] = V_FRONT << 4 | V_SYNC;
	/* Digital, separate syncs. */
	timing[17] = 0x18;
}

static void fill_edid(uint8_t *edid, uint32_t width, uint32_t height)
{
	/* The header; manufacturer "XEN"; EDID 1.4, digital, RGB, the first timing is preferred. */
	static const uint8_t head[] = {
		0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x60, 0xae, 0x01, 0x00,
		0, 0, 0, 0, 0, 30, 1, 4, 0xa5, 0, 0, 0x78, 0x06,
	};
	/* No standard timings. The name of the display ends with a line feed. */
	static const uint8_t name[] = "\0\0\0\xfc\0Xen display\n ";
	uint8_t sum = 0;
	unsigned int i;

	memset(edid, 0, EDID_BYTES);
	memcpy(edid, head, sizeof(head));
	memset(edid + 38, 1, 16);
	fill_timing(edid + TIMING, width, height);
	memcpy(edid + NAME, name, sizeof(name) - 1);
	edid[NAME + 18 + 3] = 0x10;
	edid[NAME + 36 + 3] = 0x10;
	for (i = 0; i < CHECKSUM; i++)
		sum = (uint8_t)(sum + edid[i]);
	edid[CHECKSUM] = (uint8_t)-sum;
}

int edid_send(uint32_t domid, uint32_t directory, uint32_t size, uint32_t width, uint32_t height)
{
	uint32_t ref;
	void *page;
	int error;

	if (size < XENDISPL_EDID_MAX_SIZE)
		return -EINVAL;
	if (width > MAX_SIDE || height > MAX_SIDE)
		return -EOPNOTSUPP;
	error = directory_read(domid, directory, &ref, 1);
	if (error)
		return error;
	page = xengnttab_map_grant_ref(server.grants, domid, ref, PROT_READ | PROT_WRITE);
	if (!page)
		return -EINVAL;
	fill_edid(page, width, height);
	xengnttab_unmap(server.grants, page, 1);
	return 0;
}
