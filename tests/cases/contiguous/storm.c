// SPDX-License-Identifier: GPL-2.0
/*
 * platforms: pvh pv arm64
 * limit: 120
 *
 * 10,000 allocations and frees by four threads, small and large, whole and in parts, in
 * two chunks: no frame is given out twice, a run is refused only when there is none, and
 * in the end the largest run that a chunk has can be had at once.
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
	CHECK_EQ(after.largest, CHUNK_FRAMES);
	CHECK_OK(frames_alloc(fd, CHUNK_FRAMES, &run));
	CHECK_OK(frames_free(fd, &run));
	return CASE_PASS;
}
