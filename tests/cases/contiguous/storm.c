// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv arm64
 * limit: 120
 *
 * Four threads make 10,000 allocations and frees of small and large runs, whole and in parts, in
 * two chunks. No frame is allocated twice. A run is only refused if none is free. At the end a
 * whole chunk can be allocated.
 */
#include "case.h"
#include "frames.h"
#include "storm.h"

int main(void)
{
	struct storm storm = {
		.threads = 4,
		.slots = 24,
		.most = 4096,
		.turns = 2500,
	};
	struct frames_stats after;
	struct frames_run run;
	int fd;

	fd = frames_open();
	frames_set_cap_chunks(2);
	frames_note("before");
	storm_begin(&storm);
	storm_end(&storm);
	storm_note(&storm);
	frames_note("after");
	CHECK(storm.takes + storm.gives + storm.refusals >= 10000);
	CHECK(storm.parts > 0);

	frames_stats(&after);
	CHECK(after.is_region);
	CHECK(after.largest >= CHUNK_FRAMES);
	CHECK_OK(frames_alloc(fd, CHUNK_FRAMES, &run));
	CHECK_OK(frames_free(fd, &run));
	return CASE_PASS;
}
