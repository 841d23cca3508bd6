// SPDX-License-Identifier: GPL-2.0
/* The guest's part of the demonstration: see card.h. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../lib/gnt.h"
#include "../lib/pattern.h"
#include "../lib/rpc.h"
#include "card.h"

struct card {
	struct gnt_area area;
	struct gnt_area dir;
};

static int share(struct card *card)
{
	if (gnt_area_share(&card->area, 0, CARD_PAGES, false))
		return -1;
	return gnt_dir_share(&card->dir, 0, card->area.refs, CARD_PAGES);
}

static void answer_frame(struct rpc *rpc, struct card *card, unsigned int frame)
{
	card_paint_frame(card->area.memory, frame);
	rpc_answer(rpc, 0, "0x%" PRIx64,
		   fnv1a(FNV1A_START, card->area.memory, CARD_BYTES));
}

/* Answers a question. Returns false after the last one. */
static bool serve(struct rpc *rpc, struct card *card, const char *question)
{
	unsigned int frame;

	if (!strcmp(question, "picture")) {
		rpc_answer(rpc, 0, "%u %u %u %u %u %u", CARD_WIDTH, CARD_HEIGHT,
			   CARD_STRIDE, CARD_PAGES, CARD_FRAMES,
			   card->dir.refs[0]);
		return true;
	}
	if (sscanf(question, "frame %u", &frame) == 1) {
		answer_frame(rpc, card, frame);
		return true;
	}
	if (strcmp(question, "released")) {
		rpc_answer(rpc, EINVAL, "no such question: %s", question);
		return true;
	}
	gnt_area_free(&card->dir);
	gnt_area_free(&card->area);
	rpc_answer(rpc, 0, "memory taken back");
	return false;
}

int main(void)
{
	char question[RPC_MAX];
	struct card card;
	struct rpc *rpc;

	if (share(&card)) {
		perror("card-guest: cannot share memory");
		return 1;
	}
	printf("sharing %u pages for reading, the list of them is reference %u\n",
	       CARD_PAGES, card.dir.refs[0]);
	rpc = rpc_listen();
	if (!rpc) {
		perror("card-guest: xenstore");
		return 1;
	}
	do {
		if (rpc_next(rpc, question)) {
			perror("card-guest: xenstore");
			return 1;
		}
	} while (serve(rpc, &card, question));
	rpc_close(rpc);
	return 0;
}
