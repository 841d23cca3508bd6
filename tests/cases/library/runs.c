// SPDX-License-Identifier: GPL-2.0
/*
 * References as runs: the pages are in the order of the runs, each reference has its status, and
 * runs that are empty, too long or too many are refused.
 */
#include <stdlib.h>

#include "library.h"

#define PAGES	64

static struct client client;

static xengnttab_dmabuf *export_runs(const struct xengnttab_dmabuf_run *runs, uint32_t count,
				     int16_t *status, int *fd)
{
	return xengnttab_dmabuf_export_runs(client.guest.xgt, client.guest.domid, 0, count, runs, status,
					    fd);
}

/* The guest's references as runs. */
static uint32_t make_runs(struct xengnttab_dmabuf_run *runs)
{
	const uint32_t *refs = client.pages.refs;
	uint32_t i, count = 0;

	for (i = 0; i < PAGES; i++) {
		if (count && refs[i] == runs[count - 1].first + runs[count - 1].count)
			runs[count - 1].count++;
		else
			runs[count++] = (struct xengnttab_dmabuf_run){ refs[i], 1 };
	}
	note("%u references in %u runs", PAGES, count);
	return count;
}

static void check_order(const struct xengnttab_dmabuf_run *runs, uint32_t count)
{
	int16_t status[PAGES];
	xengnttab_dmabuf *buffer;
	unsigned int i;
	void *memory;
	int fd;

	memset(status, 0x5a, sizeof(status));
	buffer = CHECK_MADE(export_runs(runs, count, status, &fd));
	CHECK_EQ(xengnttab_dmabuf_count(buffer), PAGES);
	for (i = 0; i < PAGES; i++)
		CHECK_EQ(status[i], 0);
	memory = dmabuf_map(fd, PAGES, PROT_READ);
	CHECK(memory_is(memory, 0, PAGES, client.pages.seed));
	CHECK_OK(munmap(memory, PAGES * PAGE_BYTES));
	finish(buffer, fd);
}

/* The status is that of references, not of runs. */
static void check_status(void)
{
	struct xengnttab_dmabuf_run runs[] = {
		{ client.pages.refs[0], 1 }, { REF_OUT_OF_RANGE, 3 }, { client.pages.refs[1], 1 },
	};
	int16_t status[5];
	int fd;

	CHECK_REFUSED(export_runs(runs, ARRAY_SIZE(runs), status, &fd), EREMOTEIO);
	CHECK_EQ(fd, -1);
	CHECK_EQ(status[0], 0);
	CHECK(status[1] < 0 && status[2] < 0 && status[3] < 0);
	CHECK_EQ(status[4], 0);
}

static void check_refusals(void)
{
	static const struct xengnttab_dmabuf_run empty = { 8, 0 };
	static const struct xengnttab_dmabuf_run beyond = { 0xffffffff, 2 };
	static const struct xengnttab_dmabuf_run large = { 0, 0xffffffff };
	static const struct xengnttab_dmabuf_run sum[] = {
		{ 0, 0x80000000 }, { 0, 0x80000000 }, { 8, 1 },
	};
	int fd;

	CHECK_REFUSED(export_runs(&empty, 0, NULL, &fd), EINVAL);
	CHECK_REFUSED(export_runs(&empty, 1, NULL, &fd), EINVAL);
	CHECK_REFUSED(export_runs(&beyond, 1, NULL, &fd), EINVAL);
	CHECK_REFUSED(export_runs(&large, 1, NULL, &fd), EDQUOT);
	/* 2^32 + 1 references in all, whose low half would be one. */
	CHECK_REFUSED(export_runs(sum, ARRAY_SIZE(sum), NULL, &fd), EDQUOT);
	CHECK_EQ(fd, -1);
}

int main(void)
{
	struct xengnttab_dmabuf_run runs[PAGES];
	uint32_t count;

	client_open(&client, PAGES);
	count = make_runs(runs);
	check_order(runs, count);
	check_status();
	check_refusals();
	client_close(&client);
	return CASE_PASS;
}
