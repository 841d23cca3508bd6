// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv arm64
 *
 * 64 MiB of contiguous frames take no memory, neither free pages nor the CMA area's, once
 * there is what describes their address space; nor does the domain give any to Xen. (How
 * it is with a guest's pages mapped there: contiguous/export.)
 */
#include "case.h"
#include "frames.h"
#include "ram.h"

#define FRAMES	16384

int main(void)
{
	struct frames_run run;
	struct ram before;
	long were_free, are_free;
	int fd = frames_open();

	CHECK_OK(frames_alloc(fd, FRAMES, &run));
	CHECK_OK(frames_free(fd, &run));

	ram_look(&before);
	were_free = free_pages();
	CHECK_OK(frames_alloc(fd, FRAMES, &run));
	are_free = free_pages();
	note("%ld pages free before, %ld while %u frames are out", were_free, are_free,
	     FRAMES);
	/* The test device keeps an array of them: one page for every 512. */
	if (are_free < were_free - FRAMES / 512 - FREE_SLACK)
		FAIL("%ld pages are gone", were_free - are_free);
	ram_wait_back(&before, 0);
	CHECK_OK(frames_free(fd, &run));
	return CASE_PASS;
}
