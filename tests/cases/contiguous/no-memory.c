// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv arm64
 *
 * 64 MiB of contiguous frames take no memory, neither free pages nor pages of the CMA area, after
 * the struct pages of their address space exist. The domain also returns no memory to Xen.
 * (contiguous/export does the same with mapped pages of a guest.)
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
	note("%ld pages free before, %ld while %u frames are allocated", were_free, are_free,
	     FRAMES);
	/* The test device has an array of the frames, which takes one page for each 512 of them. */
	if (are_free < were_free - FRAMES / 512 - FREE_SLACK)
		FAIL("%ld pages are missing", were_free - are_free);
	ram_wait_back(&before, 0);
	CHECK_OK(frames_free(fd, &run));
	return CASE_PASS;
}
