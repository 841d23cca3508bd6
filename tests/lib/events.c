// SPDX-License-Identifier: GPL-2.0
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "case.h"
#include "events.h"

#define SIGNAL_MS	10000

int event_open(void)
{
	int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	REQUIRE(event >= 0);
	return event;
}

uint64_t event_count(int event)
{
	uint64_t count;
	bool empty;

	if (read(event, &count, sizeof(count)) == sizeof(count))
		return count;
	empty = errno == EAGAIN;
	REQUIRE(empty);
	return 0;
}

uint64_t event_wait(int event)
{
	struct pollfd poll_event = { .fd = event, .events = POLLIN };

	if (poll(&poll_event, 1, SIGNAL_MS) != 1)
		FAIL("the eventfd is not signalled within %d ms", SIGNAL_MS);
	return event_count(event);
}
