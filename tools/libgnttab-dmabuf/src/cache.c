// SPDX-License-Identifier: LGPL-2.1-only
/*
 * The cache of exports.
 *
 * An entry owns one reference on the handle, and one descriptor of the dma-buf, which keeps the
 * buffer mapped. What a caller gets is another reference and another descriptor, so the cache can
 * drop an entry at any time.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"
#include "private.h"

#include <xengnttab_dmabuf_cache.h>

#define BUCKETS		256U

/* References that the hash is made of, if there are as many. */
#define SAMPLES		16U

/**
 * struct entry - one buffer
 * @newer, @older: the list in the order of use
 * @chain: next entry in the same bucket
 * @hash: of the key
 * @domid: key, with @flags, @count and @refs
 * @used: when it was asked for, see clock_of(). Read under the lock, so it is in the list's order
 */
struct entry {
	struct entry *newer, *older;
	struct entry *chain;
	uint64_t hash;
	uint32_t domid, flags, count;
	xengnttab_dmabuf *buffer;
	int fd;
	uint64_t used;
	uint32_t refs[];
};

/**
 * struct xengnttab_dmabuf_cache - the cache
 * @seed: of the hash, so that a peer cannot choose references of one bucket
 * @lock: protects the members below. Not held while pages are mapped or a descriptor is closed
 * @newest, @oldest: ends of the list in the order of use
 * @pages: of all entries
 */
struct xengnttab_dmabuf_cache {
	xengnttab_handle *xgt;
	uint32_t max_pages, idle_ms;
	uint64_t seed;

	pthread_mutex_t lock;
	struct entry *buckets[BUCKETS];
	struct entry *newest, *oldest;
	uint32_t pages;
};

xengnttab_dmabuf_cache *xengnttab_dmabuf_cache_open(xengnttab_handle *xgt, uint32_t max_pages,
						    uint32_t idle_ms)
{
	xengnttab_dmabuf_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->xgt = xgt;
	cache->max_pages = max_pages;
	cache->idle_ms = idle_ms;
	cache->seed = now_ns() ^ (uintptr_t)cache;
	pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

/* In nanoseconds; not read if there is no time limit. */
static uint64_t clock_of(const xengnttab_dmabuf_cache *cache)
{
	return cache->idle_ms ? now_ns() : 0;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 29;
}

/*
 * A few of the references, since different buffers hardly have any in common. A peer that makes
 * them alike on purpose makes the comparison longer, of as many entries as the cache can hold.
 */
static uint64_t hash_key(const xengnttab_dmabuf_cache *cache, uint32_t domid, uint32_t flags,
			 uint32_t count, const uint32_t *refs)
{
	uint64_t hash = mix(cache->seed, (uint64_t)domid << 32 | flags);
	uint32_t i, step = count / SAMPLES + 1;

	hash = mix(hash, count);
	for (i = 0; i < count; i += step)
		hash = mix(hash, refs[i]);
	return hash;
}

static struct entry **bucket_of(xengnttab_dmabuf_cache *cache, uint64_t hash)
{
	return &cache->buckets[hash % BUCKETS];
}

static void list_remove(xengnttab_dmabuf_cache *cache, struct entry *entry)
{
	*(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void list_add(xengnttab_dmabuf_cache *cache, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = cache->newest;
	*(entry->older ? &entry->older->newer : &cache->oldest) = entry;
	cache->newest = entry;
}

/* Takes an entry out of the cache and puts it on a list, by its member chain. */
static void take_out(xengnttab_dmabuf_cache *cache, struct entry *entry, struct entry **list)
{
	struct entry **at = bucket_of(cache, entry->hash);

	while (*at != entry)
		at = &(*at)->chain;
	*at = entry->chain;
	list_remove(cache, entry);
	cache->pages -= entry->count;
	entry->chain = *list;
	*list = entry;
}

/* Frees a list of entries. Closing may unmap pages, so it is done without the lock. */
static void drop(struct entry *list)
{
	int error = errno;
	struct entry *next;

	for (; list; list = next) {
		next = list->chain;
		close(list->fd);
		xengnttab_dmabuf_free(list->buffer);
		free(list);
	}
	errno = error;
}

static struct entry *find(xengnttab_dmabuf_cache *cache, uint64_t hash, uint32_t domid,
			  uint32_t flags, uint32_t count, const uint32_t *refs)
{
	struct entry *entry;

	for (entry = *bucket_of(cache, hash); entry; entry = entry->chain)
		if (entry->hash == hash && entry->domid == domid && entry->flags == flags &&
		    entry->count == count && !memcmp(entry->refs, refs, count * sizeof(refs[0])))
			return entry;
	return NULL;
}

/* Is the entry over its time? */
static bool is_due(const xengnttab_dmabuf_cache *cache, const struct entry *entry, uint64_t now)
{
	return cache->idle_ms && now - entry->used >= cache->idle_ms * NSEC_PER_MSEC;
}

static void take_out_due(xengnttab_dmabuf_cache *cache, uint64_t now, struct entry **list)
{
	while (cache->oldest && is_due(cache, cache->oldest, now))
		take_out(cache, cache->oldest, list);
}

/* Gives the caller its own reference and descriptor. */
static xengnttab_dmabuf *give(struct entry *entry, int *fd)
{
	*fd = fcntl(entry->fd, F_DUPFD_CLOEXEC, 0);
	return *fd < 0 ? NULL : xengnttab_dmabuf_ref(entry->buffer);
}

/*
 * Looks for a buffer. Returns false if there is none that can be used. Otherwise *result is the
 * caller's, or NULL with errno set.
 */
static bool get_cached(xengnttab_dmabuf_cache *cache, uint64_t hash, uint32_t domid,
		       uint32_t flags, uint32_t count, const uint32_t *refs, int *fd,
		       xengnttab_dmabuf **result)
{
	struct entry *entry, *over = NULL;
	uint64_t now;

	pthread_mutex_lock(&cache->lock);
	now = clock_of(cache);
	take_out_due(cache, now, &over);
	entry = find(cache, hash, domid, flags, count, refs);
	if (entry && is_dead(entry->buffer)) {
		take_out(cache, entry, &over);
		entry = NULL;
	}
	if (entry) {
		list_remove(cache, entry);
		list_add(cache, entry);
		entry->used = now;
		*result = give(entry, fd);
	}
	pthread_mutex_unlock(&cache->lock);
	drop(over);
	return entry;
}

static struct entry *make_entry(xengnttab_dmabuf *buffer, uint64_t hash, uint32_t flags,
				const uint32_t *refs, int fd)
{
	uint32_t count = buffer->count;
	struct entry *entry;

	entry = malloc(sizeof(*entry) + count * sizeof(refs[0]));
	if (!entry)
		return NULL;
	entry->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (entry->fd < 0) {
		free(entry);
		return NULL;
	}
	entry->hash = hash;
	entry->domid = buffer->domid;
	entry->flags = flags;
	entry->count = count;
	entry->buffer = xengnttab_dmabuf_ref(buffer);
	memcpy(entry->refs, refs, count * sizeof(refs[0]));
	return entry;
}

/* Makes room and puts the entry in, unless another thread was faster. */
static void insert(xengnttab_dmabuf_cache *cache, struct entry *entry)
{
	struct entry *over = NULL, **bucket = bucket_of(cache, entry->hash);

	pthread_mutex_lock(&cache->lock);
	if (find(cache, entry->hash, entry->domid, entry->flags, entry->count, entry->refs)) {
		entry->chain = NULL;
		over = entry;
	} else {
		while (cache->oldest && cache->pages > cache->max_pages - entry->count)
			take_out(cache, cache->oldest, &over);
		entry->chain = *bucket;
		*bucket = entry;
		entry->used = clock_of(cache);
		list_add(cache, entry);
		cache->pages += entry->count;
	}
	pthread_mutex_unlock(&cache->lock);
	drop(over);
}

xengnttab_dmabuf *xengnttab_dmabuf_cache_get(xengnttab_dmabuf_cache *cache, uint32_t domid,
					     uint32_t flags, uint32_t count, const uint32_t *refs,
					     int16_t *status, int *fd)
{
	uint64_t hash = hash_key(cache, domid, flags, count, refs);
	xengnttab_dmabuf *buffer;
	struct entry *entry;

	if (get_cached(cache, hash, domid, flags, count, refs, fd, &buffer)) {
		if (buffer && status)
			memset(status, 0, count * sizeof(status[0]));
		return buffer;
	}
	buffer = xengnttab_dmabuf_export(cache->xgt, domid, flags, count, refs, status, fd);
	if (!buffer || count > cache->max_pages)
		return buffer;
	/* Without memory or descriptors for it the cache does without. */
	entry = make_entry(buffer, hash, flags, refs, *fd);
	if (entry)
		insert(cache, entry);
	return buffer;
}

/* Which entries to drop; NULL stands for any. */
static void flush(xengnttab_dmabuf_cache *cache, const xengnttab_dmabuf *buffer,
		  const uint32_t *domid)
{
	struct entry *entry, *older, *over = NULL;

	pthread_mutex_lock(&cache->lock);
	for (entry = cache->newest; entry; entry = older) {
		older = entry->older;
		if ((!buffer || entry->buffer == buffer) && (!domid || entry->domid == *domid))
			take_out(cache, entry, &over);
	}
	pthread_mutex_unlock(&cache->lock);
	drop(over);
}

void xengnttab_dmabuf_cache_flush(xengnttab_dmabuf_cache *cache, xengnttab_dmabuf *buffer)
{
	flush(cache, buffer, NULL);
}

void xengnttab_dmabuf_cache_flush_domain(xengnttab_dmabuf_cache *cache, uint32_t domid)
{
	flush(cache, NULL, &domid);
}

void xengnttab_dmabuf_cache_flush_all(xengnttab_dmabuf_cache *cache)
{
	flush(cache, NULL, NULL);
}

/* Rounded up, so that it is due when the caller comes back. */
static int ms_until_due(const xengnttab_dmabuf_cache *cache, uint64_t now)
{
	uint64_t due, ms;

	if (!cache->oldest || !cache->idle_ms)
		return -1;
	due = cache->oldest->used + cache->idle_ms * NSEC_PER_MSEC;
	ms = (due - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC;
	return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

int xengnttab_dmabuf_cache_expire(xengnttab_dmabuf_cache *cache)
{
	struct entry *over = NULL;
	uint64_t now;
	int ms;

	pthread_mutex_lock(&cache->lock);
	now = clock_of(cache);
	take_out_due(cache, now, &over);
	ms = ms_until_due(cache, now);
	pthread_mutex_unlock(&cache->lock);
	drop(over);
	return ms;
}

uint32_t xengnttab_dmabuf_cache_pages(xengnttab_dmabuf_cache *cache)
{
	uint32_t pages;

	pthread_mutex_lock(&cache->lock);
	pages = cache->pages;
	pthread_mutex_unlock(&cache->lock);
	return pages;
}

void xengnttab_dmabuf_cache_close(xengnttab_dmabuf_cache *cache)
{
	if (!cache)
		return;
	xengnttab_dmabuf_cache_flush_all(cache);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}
