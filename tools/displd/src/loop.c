// SPDX-License-Identifier: GPL-2.0
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "loop.h"

#define NS_PER_SECOND	1000000000ULL

static int epoll = -1;

int loop_open(void)
{
	epoll = epoll_create1(EPOLL_CLOEXEC);
	return epoll < 0 ? -1 : 0;
}

void loop_close(void)
{
	close(epoll);
}

int loop_add(struct source *source)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = source };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, source->fd, &event);
}

void loop_want_output(struct source *source, bool want)
{
	struct epoll_event event = {
		.events = EPOLLIN | (want ? EPOLLOUT : 0), .data.ptr = source,
	};

	epoll_ctl(epoll, EPOLL_CTL_MOD, source->fd, &event);
}

void loop_remove(struct source *source)
{
	epoll_ctl(epoll, EPOLL_CTL_DEL, source->fd, NULL);
}

/*
 * One event for each call: the source of a second one could have been freed by the first. epoll
 * takes the ready descriptors in turn.
 */
int loop_turn(bool wait)
{
	struct epoll_event event;
	struct source *source;
	int ready = epoll_wait(epoll, &event, 1, wait ? -1 : 0);

	if (ready <= 0)
		return ready;
	source = event.data.ptr;
	source->ready(source);
	return 0;
}

int timer_new(uint64_t ns)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0)
		timer_set(fd, ns);
	return fd;
}

int timer_add(struct source *source)
{
	source->fd = timer_new(0);
	if (source->fd < 0)
		return -1;
	if (!loop_add(source))
		return 0;
	close(source->fd);
	return -1;
}

void timer_set(int fd, uint64_t ns)
{
	struct itimerspec time = {
		.it_value.tv_sec = (time_t)(ns / NS_PER_SECOND),
		.it_value.tv_nsec = (long)(ns % NS_PER_SECOND),
	};

	timerfd_settime(fd, 0, &time, NULL);
}
