// SPDX-License-Identifier: GPL-2.0
/*
 * The wait of the library keeps its time limit, goes on without one, is ended by a signal, and
 * several threads can be in it.
 */
#include <pthread.h>
#include <signal.h>

#include "library.h"

#define PAGES	5
#define WAITERS	4
#define LIMIT_MS	200
#define LONG_MS		60000

static struct client client;

static void on_alarm(int signal)
{
	(void)signal;
}

/* alarm(2) without SA_RESTART. */
static void check_signal(xengnttab_dmabuf *buffer)
{
	struct sigaction action = { .sa_handler = on_alarm };

	REQUIRE(!sigaction(SIGALRM, &action, NULL));
	alarm(1);
	CHECK_ERRNO(xengnttab_dmabuf_wait(buffer, LONG_MS), EINTR);
}

static void check_limits(xengnttab_dmabuf *buffer)
{
	uint64_t start = now_ns();

	CHECK_ERRNO(xengnttab_dmabuf_wait(buffer, LIMIT_MS), ETIMEDOUT);
	CHECK(now_ns() - start >= LIMIT_MS * NSEC_PER_MSEC);
	start = now_ns();
	CHECK_ERRNO(xengnttab_dmabuf_wait(buffer, 0), ETIMEDOUT);
	CHECK(now_ns() - start < LONG_MS * NSEC_PER_MSEC);
}

static void *wait_forever(void *buffer)
{
	CHECK_OK(xengnttab_dmabuf_wait(buffer, -1));
	return NULL;
}

int main(void)
{
	pthread_t waiters[WAITERS];
	xengnttab_dmabuf *buffer;
	unsigned int i;
	int fd;

	client_open(&client, PAGES);
	buffer = client_export(&client, 0, &fd);
	check_limits(buffer);
	check_signal(buffer);
	for (i = 0; i < WAITERS; i++)
		REQUIRE(!pthread_create(&waiters[i], NULL, wait_forever, buffer));
	sleep_ms(QUIET_MS);
	CHECK_OK(close(fd));
	for (i = 0; i < WAITERS; i++)
		REQUIRE(!pthread_join(waiters[i], NULL));
	CHECK_OK(xengnttab_dmabuf_wait(buffer, -1));
	xengnttab_dmabuf_free(buffer);
	client_close(&client);
	return CASE_PASS;
}
