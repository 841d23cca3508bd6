// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 150
 *
 * The cache gives the same dma-buf for the same peer, references and flags, and maps no page for
 * it; anything else is another buffer. It keeps its bound in pages, and drops buffers on demand,
 * after its time limit, and if they were revoked. What a caller has stays valid.
 */
#include <pthread.h>
#include <sys/stat.h>

#include <xengnttab_dmabuf_cache.h>

#include "library.h"
#include "trace.h"

#define PAGES		60
#define PART		20
#define LARGE		2025
#define HITS		1000
#define IDLE_MS		300
#define THREADS		8
#define TURNS		200

static struct client client;
static xengnttab_dmabuf_cache *cache;

static unsigned int mapped(uint32_t first, uint32_t count)
{
	return hv_mapped(client.guest.domid, client.pages.refs + first, count);
}

/* References that the kernel has mapped. */
static uint64_t mappings_traced(void)
{
	return trace_sum("gntdev_dmabuf_map_refs:", "count");
}

static xengnttab_dmabuf *get(uint32_t first, uint32_t count, uint32_t flags, int *fd)
{
	return CHECK_MADE(xengnttab_dmabuf_cache_get(cache, client.guest.domid, flags, count,
						     client.pages.refs + first, NULL, fd));
}

/* Gets a buffer and gives it back. Returns its id. */
static uint64_t touch(uint32_t first, uint32_t count, uint32_t flags)
{
	xengnttab_dmabuf *buffer;
	uint64_t id;
	int fd;

	buffer = get(first, count, flags, &fd);
	id = xengnttab_dmabuf_id(buffer);
	CHECK_OK(close(fd));
	xengnttab_dmabuf_free(buffer);
	return id;
}

static void check_hit(void)
{
	int16_t status[PART];
	struct stat one, two;
	xengnttab_dmabuf *buffer, *again;
	int fd, other;
	unsigned int i;

	buffer = get(0, PART, 0, &fd);
	memset(status, 0x5a, sizeof(status));
	again = CHECK_MADE(xengnttab_dmabuf_cache_get(cache, client.guest.domid, 0, PART,
						      client.pages.refs, status, &other));
	CHECK(again == buffer && other != fd);
	for (i = 0; i < PART; i++)
		CHECK_EQ(status[i], 0);
	CHECK_OK(fstat(fd, &one));
	CHECK_OK(fstat(other, &two));
	CHECK_EQ(one.st_ino, two.st_ino);
	CHECK_EQ(mappings_traced(), PART);
	CHECK_OK(close(fd));
	CHECK_OK(close(other));
	xengnttab_dmabuf_free(buffer);
	xengnttab_dmabuf_free(again);
	CHECK_EQ(mapped(0, PART), PART);
}

static void check_misses(void)
{
	uint64_t id = touch(0, PART, 0);
	uint32_t swap;

	CHECK(touch(0, PART, XENGNTTAB_DMABUF_EXPORT_READONLY) != id);
	CHECK(touch(0, PART - 1, 0) != id);
	CHECK(touch(1, PART, 0) != id);
	swap = client.pages.refs[0];
	client.pages.refs[0] = client.pages.refs[1];
	client.pages.refs[1] = swap;
	CHECK(touch(0, PART, 0) != id);
	client.pages.refs[1] = client.pages.refs[0];
	client.pages.refs[0] = swap;
	xengnttab_dmabuf_cache_flush_all(cache);
	CHECK_EQ(xengnttab_dmabuf_cache_pages(cache), 0);
	CHECK(WITHIN_MS(RELEASE_MS, !mapped(0, PAGES)));
}

/* There is room for two of three. The one that was not used for the longest time goes. */
static void check_bound(void)
{
	uint64_t first, second;

	xengnttab_dmabuf_cache_close(cache);
	cache = CHECK_MADE(xengnttab_dmabuf_cache_open(client.guest.xgt, 2 * PART, 0));
	first = touch(0, PART, 0);
	second = touch(PART, PART, 0);
	CHECK_EQ(touch(0, PART, 0), first);
	touch(2 * PART, PART, 0);
	CHECK_EQ(xengnttab_dmabuf_cache_pages(cache), 2 * PART);
	CHECK(WITHIN_MS(RELEASE_MS, !mapped(PART, PART)));
	CHECK_EQ(touch(0, PART, 0), first);
	CHECK(touch(PART, PART, 0) != second);
	/* This one is larger than the cache, which keeps what it has. */
	touch(0, PAGES, 0);
	CHECK_EQ(xengnttab_dmabuf_cache_pages(cache), 2 * PART);
	xengnttab_dmabuf_cache_flush_domain(cache, client.guest.domid + 1);
	CHECK_EQ(xengnttab_dmabuf_cache_pages(cache), 2 * PART);
	xengnttab_dmabuf_cache_flush_domain(cache, client.guest.domid);
	CHECK_EQ(xengnttab_dmabuf_cache_pages(cache), 0);
}

static void check_flush(void)
{
	xengnttab_dmabuf *buffer;
	void *memory;
	int fd;

	buffer = get(0, PART, 0, &fd);
	touch(PART, PART, 0);
	xengnttab_dmabuf_cache_flush(cache, buffer);
	CHECK_EQ(xengnttab_dmabuf_cache_pages(cache), PART);
	memory = dmabuf_map(fd, PART, PROT_READ);
	CHECK(memory_is(memory, 0, PART, client.pages.seed));
	CHECK_OK(munmap(memory, PART * PAGE_BYTES));
	finish(buffer, fd);
	CHECK_EQ(mapped(0, PART), 0);
	xengnttab_dmabuf_cache_flush_all(cache);
}

static void check_revoked(void)
{
	xengnttab_dmabuf *buffer;
	int fd;

	buffer = get(0, PART, 0, &fd);
	CHECK_OK(xengnttab_dmabuf_revoke(buffer));
	CHECK(touch(0, PART, 0) != xengnttab_dmabuf_id(buffer));
	finish(buffer, fd);
	xengnttab_dmabuf_cache_flush_all(cache);
}

static void check_time_limit(void)
{
	uint64_t first, start;
	int ms;

	xengnttab_dmabuf_cache_close(cache);
	cache = CHECK_MADE(xengnttab_dmabuf_cache_open(client.guest.xgt, PAGES, IDLE_MS));
	CHECK_EQ(xengnttab_dmabuf_cache_expire(cache), -1);
	start = now_ns();
	first = touch(0, PART, 0);
	ms = xengnttab_dmabuf_cache_expire(cache);
	if (now_ns() - start < IDLE_MS * NSEC_PER_MSEC) {
		CHECK(ms > 0 && ms <= IDLE_MS);
		CHECK_EQ(xengnttab_dmabuf_cache_pages(cache), PART);
	}
	sleep_ms(IDLE_MS);
	CHECK_EQ(xengnttab_dmabuf_cache_expire(cache), -1);
	CHECK_EQ(xengnttab_dmabuf_cache_pages(cache), 0);
	CHECK(touch(0, PART, 0) != first);
	CHECK(WITHIN_MS(RELEASE_MS, xengnttab_dmabuf_cache_expire(cache) == -1));
	CHECK(WITHIN_MS(RELEASE_MS, !mapped(0, PAGES)));
}

static void *use_and_flush(void *argument)
{
	uint32_t i, first;

	for (i = 0; i < TURNS; i++) {
		first = (i + (uint32_t)(uintptr_t)argument) % 3 * PART;
		touch(first, PART, 0);
		if (i % 50 == 0)
			xengnttab_dmabuf_cache_flush_domain(cache, client.guest.domid);
	}
	return NULL;
}

static void check_threads(void)
{
	pthread_t threads[THREADS];
	uintptr_t i;

	xengnttab_dmabuf_cache_close(cache);
	cache = CHECK_MADE(xengnttab_dmabuf_cache_open(client.guest.xgt, 2 * PART, 0));
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, use_and_flush, (void *)i));
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_join(threads[i], NULL));
	xengnttab_dmabuf_cache_flush_all(cache);
	CHECK(WITHIN_MS(RELEASE_MS, !mapped(0, PAGES)));
}

/* With --icount, the time is instructions: 2 ns each. */
static void note_cost(void)
{
	struct guest_pages pages;
	xengnttab_dmabuf *buffer;
	uint64_t start, made, hit;
	unsigned int i;
	int fd;

	xengnttab_dmabuf_cache_close(cache);
	cache = CHECK_MADE(xengnttab_dmabuf_cache_open(client.guest.xgt, LARGE, 0));
	guest_share(&client.guest, &pages, LARGE);
	trace_forget();
	start = now_ns();
	for (i = 0; i <= HITS; i++) {
		buffer = CHECK_MADE(xengnttab_dmabuf_cache_get(cache, client.guest.domid, 0,
							       LARGE, pages.refs, NULL, &fd));
		close(fd);
		xengnttab_dmabuf_free(buffer);
		if (!i) {
			made = now_ns() - start;
			start = now_ns();
		}
	}
	hit = (now_ns() - start) / HITS;
	CHECK_EQ(mappings_traced(), LARGE);
	note("%u references: the first time %llu ns, then %llu ns", LARGE,
	     (unsigned long long)made, (unsigned long long)hit);
	CHECK(hit < made);
	xengnttab_dmabuf_cache_flush_all(cache);
	CHECK(WITHIN_MS(RELEASE_MS, !guest_unshare(&client.guest, &pages)));
}

int main(void)
{
	unsigned int fds;

	client_open(&client, PAGES);
	trace_begin("xen_gntdev");
	cache = CHECK_MADE(xengnttab_dmabuf_cache_open(client.guest.xgt, 10 * PAGES, 0));
	fds = count_fds();
	check_hit();
	check_misses();
	check_bound();
	check_flush();
	check_revoked();
	check_time_limit();
	check_threads();
	note_cost();
	xengnttab_dmabuf_cache_flush_all(cache);
	CHECK_EQ(count_fds(), fds);
	xengnttab_dmabuf_cache_close(cache);
	client_close(&client);
	return CASE_PASS;
}
