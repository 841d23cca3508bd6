// SPDX-License-Identifier: GPL-2.0
/*
 * Eight threads use one cache and the handles that it gives, in all ways. For TSan, which finds
 * what is not locked.
 */
#include <pthread.h>
#include <unistd.h>

#include <xengnttab_dmabuf_cache.h>

#include "check.h"
#include "gntdev.h"

#define THREADS		8
#define TURNS		20000
#define BUFFERS		12
#define PAGES		8

static xengnttab_dmabuf_cache *cache;

/* One of the ways to use a handle that other threads may have as well. */
static void use(xengnttab_dmabuf *buffer, unsigned int way)
{
	xengnttab_dmabuf *again;

	switch (way % 6) {
	case 0:
		CHECK(xengnttab_dmabuf_eventfd(buffer) >= 0);
		break;
	case 1:
		CHECK(!xengnttab_dmabuf_revoke(buffer));
		break;
	case 2:
		CHECK(xengnttab_dmabuf_wait(buffer, 0));
		break;
	case 3:
		xengnttab_dmabuf_cache_flush(cache, buffer);
		break;
	case 4:
		again = xengnttab_dmabuf_ref(buffer);
		CHECK(xengnttab_dmabuf_count(again) == PAGES);
		xengnttab_dmabuf_free(again);
		break;
	default:
		break;
	}
}

static void turn(unsigned int number)
{
	uint32_t refs[PAGES], i;
	xengnttab_dmabuf *buffer;
	int fd;

	for (i = 0; i < PAGES; i++)
		refs[i] = number % BUFFERS * 100 + i;
	buffer = xengnttab_dmabuf_cache_get(cache, 1, 0, PAGES, refs, NULL, &fd);
	CHECK(buffer && fd >= 0);
	use(buffer, number >> 8);
	close(fd);
	xengnttab_dmabuf_free(buffer);
	if (number % 1000 == 0)
		xengnttab_dmabuf_cache_flush_all(cache);
	if (number % 100 == 0)
		xengnttab_dmabuf_cache_expire(cache);
	CHECK(xengnttab_dmabuf_cache_pages(cache) <= BUFFERS / 2 * PAGES);
}

/* Numbers of its own: the common ones are not for threads. */
static void *work(void *argument)
{
	uint32_t state = (uint32_t)(uintptr_t)argument * 2654435761U + 1, i;

	for (i = 0; i < TURNS; i++) {
		state = state * 1664525U + 1013904223U;
		turn(state >> 8);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	uintptr_t i;

	fake_open();
	cache = xengnttab_dmabuf_cache_open(fake_xgt, BUFFERS / 2 * PAGES, 1);
	CHECK(cache);
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, work, (void *)i));
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	xengnttab_dmabuf_cache_close(cache);
	printf("%u turns, %lu exports\n", THREADS * TURNS, exports);
	return 0;
}
