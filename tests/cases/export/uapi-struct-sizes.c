// SPDX-License-Identifier: GPL-2.0
/*
 * Tests every operation of one table. A structure that is too short is EINVAL. A structure that is
 * longer than the kernel's is accepted if the rest is zero, else it is E2BIG. A structure that is
 * longer than a page is E2BIG. The kernel does not write to the rest of a longer structure.
 */
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "case.h"
#include "events.h"
#include "guest.h"

#define ROOM	(2 * PAGE_BYTES)

struct scene_args {
	struct guest guest;
	struct guest_pages pages;
	struct export export;
	int event;
};

static char memory[ROOM] __attribute__((aligned(16)));

static uint32_t *size_member(void)
{
	return (uint32_t *)memory;
}

static void fill_export(struct scene_args *scene)
{
	struct gntdev_dmabuf_export args;

	args = gntdev_export_args(scene->guest.domid, scene->pages.refs,
				  scene->pages.count);
	memcpy(memory, &args, sizeof(args));
}

/* Releases the export that fill_export() describes. */
static void undo_export(struct scene_args *scene)
{
	struct gntdev_dmabuf_export *args = (void *)memory;
	struct export export = { .fd = args->fd, .id = args->id };

	export_close(&scene->guest, &export);
}

static void fill_wait(struct scene_args *scene)
{
	struct gntdev_dmabuf_wait args = {
		.id = scene->export.id,
		.deadline = GNTDEV_DMABUF_WAIT_FOREVER,
	};

	memcpy(memory, &args, sizeof(args));
}

static void fill_revoke(struct scene_args *scene)
{
	struct gntdev_dmabuf_revoke args = { .id = scene->export.id };

	memcpy(memory, &args, sizeof(args));
}

static void fill_notify(struct scene_args *scene)
{
	struct gntdev_dmabuf_notify args = {
		.id = scene->export.id,
		.eventfd = scene->event,
	};

	memcpy(memory, &args, sizeof(args));
}

static void fill_query(struct scene_args *scene)
{
	struct gntdev_dmabuf_query args = { .id = scene->export.id };

	memcpy(memory, &args, sizeof(args));
}

static const struct operation {
	const char *name;
	unsigned long request;
	uint32_t size;
	void (*fill)(struct scene_args *scene);
	void (*undo)(struct scene_args *scene);
} operations[] = {
	{ "EXPORT", GNTDEV_DMABUF_EXPORT, sizeof(struct gntdev_dmabuf_export),
	  fill_export, undo_export },
	{ "WAIT", GNTDEV_DMABUF_WAIT, sizeof(struct gntdev_dmabuf_wait),
	  fill_wait, NULL },
	{ "REVOKE", GNTDEV_DMABUF_REVOKE, sizeof(struct gntdev_dmabuf_revoke),
	  fill_revoke, NULL },
	{ "NOTIFY", GNTDEV_DMABUF_NOTIFY, sizeof(struct gntdev_dmabuf_notify),
	  fill_notify, NULL },
	{ "QUERY", GNTDEV_DMABUF_QUERY, sizeof(struct gntdev_dmabuf_query),
	  fill_query, NULL },
};

static int call(struct scene_args *scene, const struct operation *op,
		uint32_t size)
{
	op->fill(scene);
	*size_member() = size;
	return ioctl(scene->guest.gntdev, op->request, memory);
}

static void check_tail_untouched(const struct operation *op)
{
	uint32_t i;

	for (i = op->size; i < ROOM; i++)
		if (memory[i])
			FAIL("%s wrote to byte %u, beyond its structure", op->name,
			     i);
}

static void try_good(struct scene_args *scene, const struct operation *op,
		     uint32_t size)
{
	memset(memory, 0, ROOM);
	if (call(scene, op, size))
		FAIL("%s with size %u: errno %d (%m)", op->name, size, errno);
	check_tail_untouched(op);
	if (op->undo)
		op->undo(scene);
}

static void try_bad(struct scene_args *scene, const struct operation *op,
		    uint32_t size, int want)
{
	int ret;

	memset(memory, 0, op->size);
	errno = 0;
	ret = call(scene, op, size);
	if (ret != -1 || errno != want)
		FAIL("%s with size %u: %d, errno %d (%m), expected errno %d",
		     op->name, size, ret, errno, want);
}

static void try_operation(struct scene_args *scene, const struct operation *op)
{
	static const uint32_t longer[] = { 1, 4, 8, 64 };
	unsigned int i;

	note("%s, size %u", op->name, op->size);
	try_good(scene, op, op->size);
	for (i = 0; i < ARRAY_SIZE(longer); i++)
		try_good(scene, op, op->size + longer[i]);
	try_good(scene, op, PAGE_BYTES);

	memset(memory, 0, ROOM);
	try_bad(scene, op, 0, EINVAL);
	try_bad(scene, op, 4, EINVAL);
	try_bad(scene, op, op->size - 1, EINVAL);
	try_bad(scene, op, PAGE_BYTES + 1, E2BIG);
	try_bad(scene, op, 0xffffffff, E2BIG);

	memory[op->size] = 1;
	try_bad(scene, op, op->size + 1, E2BIG);
	try_bad(scene, op, op->size + 8, E2BIG);
	memory[op->size] = 0;
	memory[op->size + 63] = 1;
	try_bad(scene, op, op->size + 64, E2BIG);
	memory[op->size + 63] = 0;
}

int main(void)
{
	struct scene_args scene;
	unsigned int i, fds;

	guest_open(&scene.guest);
	guest_share(&scene.guest, &scene.pages, 1);

	/* A released export, for all operations but EXPORT. */
	scene.event = event_open();
	scene.export = export_pages(&scene.guest, &scene.pages, 0);
	export_close(&scene.guest, &scene.export);

	fds = count_fds();
	for (i = 0; i < ARRAY_SIZE(operations); i++)
		try_operation(&scene, &operations[i]);
	CHECK_EQ(count_fds(), fds);
	CHECK_EQ(guest_unshare(&scene.guest, &scene.pages), 0);
	return CASE_PASS;
}
