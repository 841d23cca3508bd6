// SPDX-License-Identifier: GPL-2.0
/*
 * Eight threads on one handle of libxengnttab: each makes buffers, looks at them, and waits for
 * their release by the descriptor and by the call. At the end they do so with one buffer.
 */
#include <pthread.h>

#include "library.h"

#define THREADS		8
#define PAGES		16
#define ROUNDS		100

static struct client client;
static xengnttab_dmabuf *common;

static void turn(unsigned int number, unsigned int round)
{
	struct xengnttab_dmabuf_info info = { .size = sizeof(info) };
	uint32_t count = 1 + (number + round) % PAGES;
	xengnttab_dmabuf *buffer;
	void *memory;
	int fd;

	buffer = CHECK_MADE(xengnttab_dmabuf_export(client.guest.xgt, client.guest.domid, 0, count,
						    client.pages.refs, NULL, &fd));
	memory = dmabuf_map(fd, count, PROT_READ);
	CHECK(memory_is(memory, 0, count, client.pages.seed));
	CHECK_OK(xengnttab_dmabuf_query(buffer, &info));
	CHECK_EQ(info.count, count);
	CHECK_OK(munmap(memory, count * PAGE_BYTES));
	if (round % 2) {
		CHECK_OK(close(fd));
		CHECK(is_readable(CHECK_OK(xengnttab_dmabuf_eventfd(buffer)), RELEASE_MS));
	} else {
		CHECK_OK(xengnttab_dmabuf_revoke(buffer));
		CHECK_OK(close(fd));
	}
	CHECK_OK(xengnttab_dmabuf_wait(buffer, RELEASE_MS));
	xengnttab_dmabuf_free(buffer);
}

static void *work(void *argument)
{
	unsigned int number = (unsigned int)(uintptr_t)argument, round;

	for (round = 0; round < ROUNDS; round++)
		turn(number, round);
	return NULL;
}

/* All of them ask for the eventfd at the same time, and drop their references. */
static void *share(void *argument)
{
	(void)argument;
	CHECK(is_readable(CHECK_OK(xengnttab_dmabuf_eventfd(common)), RELEASE_MS));
	CHECK_OK(xengnttab_dmabuf_wait(common, -1));
	xengnttab_dmabuf_free(common);
	return NULL;
}

static void run(void *(*function)(void *argument), void (*meanwhile)(int fd), int fd)
{
	pthread_t threads[THREADS];
	uintptr_t i;

	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, function, (void *)i));
	if (meanwhile)
		meanwhile(fd);
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_join(threads[i], NULL));
}

static void close_later(int fd)
{
	sleep_ms(QUIET_MS);
	CHECK_OK(close(fd));
}

int main(void)
{
	unsigned int fds, i;
	int fd;

	client_open(&client, PAGES);
	fds = count_fds();
	run(work, NULL, -1);
	common = client_export(&client, 0, &fd);
	for (i = 1; i < THREADS; i++)
		xengnttab_dmabuf_ref(common);
	run(share, close_later, fd);
	CHECK_EQ(count_fds(), fds);
	CHECK_EQ(hv_mapped(client.guest.domid, client.pages.refs, PAGES), 0);
	client_close(&client);
	return CASE_PASS;
}
