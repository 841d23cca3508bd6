// SPDX-License-Identifier: GPL-2.0
/*
 * Several exports live at once. QUERY returns the fields of the right one.
 */
#include "case.h"
#include "guest.h"

static const struct {
	uint32_t count, flags;
} wanted[] = {
	{ 1, 0 },
	{ 300, GNTDEV_DMABUF_EXPORT_READONLY },
	{ 17, 0 },
};

#define BUFFERS	ARRAY_SIZE(wanted)

static struct export make(struct guest *guest, struct guest_pages *pages,
			  unsigned int i)
{
	struct gntdev_dmabuf_export args;

	guest_share(guest, pages, wanted[i].count);
	args = gntdev_export_args(guest->domid, pages->refs, pages->count);
	args.flags = wanted[i].flags;
	CHECK_OK(gntdev_export(guest->gntdev, &args));
	return export_made(&args);
}

static void check_one(struct guest *guest, uint64_t id, unsigned int i)
{
	struct gntdev_dmabuf_query answer;

	CHECK_OK(gntdev_query(guest->gntdev, id, &answer));
	CHECK_EQ(answer.size, sizeof(answer));
	CHECK_EQ(answer.id, id);
	CHECK_EQ(answer.kind, GNTDEV_DMABUF_KIND_EXPORT);
	CHECK_EQ(answer.state, GNTDEV_DMABUF_STATE_LIVE);
	CHECK_EQ(answer.buffer_flags, wanted[i].flags);
	CHECK_EQ(answer.domid, guest->domid);
	CHECK_EQ(answer.count, wanted[i].count);
	CHECK_EQ(answer.attachments, 0);
	CHECK_EQ(answer.user_mappings, 0);
	CHECK(!(answer.properties & ~GNTDEV_DMABUF_QUERY_CONTIGUOUS));
	if (wanted[i].count == 1)
		CHECK(answer.properties & GNTDEV_DMABUF_QUERY_CONTIGUOUS);
}

int main(void)
{
	struct guest_pages pages[BUFFERS];
	struct export exports[BUFFERS];
	struct guest guest;
	unsigned int i;

	guest_open(&guest);
	for (i = 0; i < BUFFERS; i++)
		exports[i] = make(&guest, &pages[i], i);
	for (i = 0; i < BUFFERS; i++)
		check_one(&guest, exports[i].id, i);
	for (i = 0; i < BUFFERS; i++) {
		export_close(&guest, &exports[i]);
		CHECK_EQ(guest_unshare(&guest, &pages[i]), 0);
	}
	return CASE_PASS;
}
