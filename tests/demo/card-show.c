// SPDX-License-Identifier: GPL-2.0
/*
 * Dom0's part of the demonstration. It exports the guest's pages as one dma-buf, reads each frame
 * through a mapping of it, and writes the frame as PNG.
 *
 *   card-show DIRECTORY      (DOMU_ID in the environment)
 *
 * The exit status is 0 if every frame has the hash that the guest reports, and if the buffer is
 * released in time.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <xengnttab_dmabuf.h>

#include "../lib/gnt.h"
#include "../lib/pattern.h"
#include "../lib/rpc.h"
#include "picture.h"

#define ANSWER_MS	60000
#define RELEASE_MS	10000

struct card {
	unsigned int width, height, stride, pages, frames;
	uint32_t head;
};

struct show {
	uint32_t domid;
	struct rpc *rpc;
	struct card card;
	xengnttab_handle *xgt;
	xengnttab_dmabuf *buffer;
	int dmabuf;
	uint8_t *memory;
	unsigned int same;
};

static void die(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

static void die(const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "card-show: ");
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

static size_t mapped_size(const struct card *card)
{
	return card->pages * 4096UL;
}

static size_t picture_size(const struct card *card)
{
	return (size_t)card->stride * card->height;
}

static void ask_picture(struct show *show)
{
	struct card *p = &show->card;
	char answer[RPC_MAX];

	if (rpc_call(show->rpc, ANSWER_MS, answer, "picture"))
		die("the guest has no picture: %s", answer);
	if (sscanf(answer, "%u %u %u %u %u %u", &p->width, &p->height,
		   &p->stride, &p->pages, &p->frames, &p->head) != 6)
		die("cannot parse the guest's picture: %s", answer);
	if (!p->pages || p->stride < p->width * 4 ||
	    picture_size(p) > mapped_size(p))
		die("the guest's picture has impossible sizes: %s", answer);
}

static void export_pages(struct show *show)
{
	uint32_t *refs;

	refs = calloc(show->card.pages, sizeof(refs[0]));
	if (!refs)
		die("out of memory");
	if (gnt_dir_read(show->domid, show->card.head, refs, show->card.pages))
		die("cannot read the list of references: %m");
	show->buffer = xengnttab_dmabuf_export(show->xgt, show->domid,
					       XENGNTTAB_DMABUF_EXPORT_READONLY,
					       show->card.pages, refs, NULL, &show->dmabuf);
	if (!show->buffer)
		die("export of %u references of domain %u: %m",
		    show->card.pages, show->domid);
	free(refs);
}

static void map_dmabuf(struct show *show)
{
	void *memory;

	memory = mmap(NULL, mapped_size(&show->card), PROT_READ, MAP_SHARED,
		      show->dmabuf, 0);
	if (memory == MAP_FAILED)
		die("mmap of the dma-buf: %m");
	show->memory = memory;
}

static void write_png(const struct show *show, const char *path)
{
	const struct picture picture = {
		.format = format_by_name("XRGB8888"), .width = show->card.width,
		.height = show->card.height, .stride = show->card.stride,
		.memory = show->memory,
	};
	FILE *file = fopen(path, "wb");

	if (!file)
		die("cannot write %s: %m", path);
	if (picture_write_png(&picture, file))
		die("cannot write %s as PNG", path);
	if (fclose(file))
		die("cannot write %s: %m", path);
}

static void sync_begin(const struct show *show)
{
	if (dmabuf_sync(show->dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ))
		die("begin of CPU access: %m");
}

static void sync_end(const struct show *show)
{
	if (dmabuf_sync(show->dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ))
		die("end of CPU access: %m");
}

static void show_frame(struct show *show, unsigned int frame, const char *dir)
{
	uint64_t theirs, ours;
	char answer[RPC_MAX], path[256];

	if (rpc_call(show->rpc, ANSWER_MS, answer, "frame %u", frame))
		die("the guest did not paint frame %u: %s", frame, answer);
	if (sscanf(answer, "%" SCNx64, &theirs) != 1)
		die("cannot parse the hash of frame %u: %s", frame, answer);

	snprintf(path, sizeof(path), "%s/card-%u.png", dir, frame);
	sync_begin(show);
	ours = fnv1a(FNV1A_START, show->memory, picture_size(&show->card));
	write_png(show, path);
	sync_end(show);

	show->same += ours == theirs;
	printf("frame %u: guest %016" PRIx64 ", Dom0 %016" PRIx64 ": %s\n",
	       frame, theirs, ours, ours == theirs ? "same" : "DIFFERENT");
}

static void ask_query(struct show *show, struct xengnttab_dmabuf_info *info)
{
	info->size = sizeof(*info);
	if (xengnttab_dmabuf_query(show->buffer, info))
		die("query of the buffer: %m");
}

static void look_live(struct show *show)
{
	struct xengnttab_dmabuf_info info;

	ask_query(show, &info);
	printf("buffer %" PRIu64 ": %s of domain %u, %u pages%s%s, "
	       "user mappings %u, attachments %u, state %s\n",
	       xengnttab_dmabuf_id(show->buffer),
	       info.kind == XENGNTTAB_DMABUF_KIND_EXPORT ? "export" : "?",
	       info.domid, info.count,
	       info.flags & XENGNTTAB_DMABUF_EXPORT_READONLY ? ", read-only" : "",
	       info.properties & XENGNTTAB_DMABUF_CONTIGUOUS ? ", contiguous" : "",
	       info.user_mappings, info.attachments,
	       info.state == XENGNTTAB_DMABUF_STATE_LIVE ? "live" : "NOT LIVE");
}

/* Notifies the guest only after Xen has unmapped all pages. */
static uint64_t release(struct show *show)
{
	struct xengnttab_dmabuf_info info;
	uint64_t start = now_ns();
	char text[RPC_MAX];

	if (munmap((void *)show->memory, mapped_size(&show->card)))
		die("munmap: %m");
	if (close(show->dmabuf))
		die("close of the dma-buf: %m");
	if (xengnttab_dmabuf_wait(show->buffer, RELEASE_MS))
		die("the buffer is not released: %m");
	start = now_ns() - start;
	ask_query(show, &info);
	if (info.state != XENGNTTAB_DMABUF_STATE_RELEASED)
		die("the wait ended with the buffer in state %u", info.state);
	if (rpc_call(show->rpc, ANSWER_MS, text, "released"))
		die("the guest did not take its memory back: %s", text);
	return start / 1000;
}

static void print_facts(const struct show *show, uint64_t release_us)
{
	const struct card *p = &show->card;

	printf("\n");
	printf("  picture   %ux%u XRGB8888\n", p->width, p->height);
	printf("  pages     %u, shared by domain %u, one dma-buf, no copy\n",
	       p->pages, show->domid);
	printf("  frames    %u painted, %u the same in Dom0\n", p->frames,
	       show->same);
	printf("  release   %" PRIu64 " us from the last close\n", release_us);
	printf("  verdict   %s\n",
	       show->same == p->frames ? "every frame matched" :
					 "FRAMES DIFFER");
}

static void open_all(struct show *show)
{
	const char *domid = getenv("DOMU_ID");

	if (!domid)
		die("DOMU_ID is not set");
	show->domid = (uint32_t)strtoul(domid, NULL, 10);
	show->rpc = rpc_open(show->domid, ANSWER_MS);
	if (!show->rpc)
		die("no card-guest in domain %u: %m", show->domid);
	show->xgt = xengnttab_open(NULL, 0);
	if (!show->xgt)
		die("/dev/xen/gntdev: %m");
}

int main(int argc, char **argv)
{
	struct show show = { 0 };
	uint64_t release_us;
	unsigned int frame;

	if (argc != 2) {
		fprintf(stderr, "usage: card-show DIRECTORY\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	open_all(&show);
	ask_picture(&show);
	export_pages(&show);
	map_dmabuf(&show);
	for (frame = 0; frame < show.card.frames; frame++)
		show_frame(&show, frame, argv[1]);
	look_live(&show);
	release_us = release(&show);
	print_facts(&show, release_us);
	xengnttab_dmabuf_free(show.buffer);
	xengnttab_close(show.xgt);
	rpc_close(show.rpc);
	return show.same == show.card.frames && show.same ? 0 : 1;
}
