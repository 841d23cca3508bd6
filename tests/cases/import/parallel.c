// SPDX-License-Identifier: GPL-2.0
/*
 * limit: 120
 *
 * Threads import the same dma-bufs on one gntdev file, by the new and by the old ioctls, end the
 * imports, and close and open descriptors meanwhile, so that numbers of descriptors are used
 * again. Nothing is lost, and each id names one buffer.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "case.h"
#include "import.h"
#include "quota.h"

#define THREADS	4
#define TURNS	100
#define PAGES	60

static struct guest guest;
static struct source source;

static void import_once(uint32_t *refs)
{
	struct gntdev_dmabuf_import args;
	struct gntdev_dmabuf_query answer;
	int fd = dup(source.fd);

	REQUIRE(fd >= 0);
	args = gntdev_import_args(guest.domid, fd, refs, PAGES);
	CHECK_OK(gntdev_import(guest.gntdev, &args));
	close(fd);
	CHECK_OK(gntdev_query(guest.gntdev, args.id, &answer));
	CHECK_EQ(answer.state, GNTDEV_DMABUF_STATE_LIVE);
	CHECK_EQ(answer.count, PAGES);
	CHECK_OK(gntdev_revoke(guest.gntdev, args.id));
	CHECK_OK(gntdev_wait(guest.gntdev, args.id, in_ms(10000)));
}

/* Another thread may release it first, if it has got the same number. */
static void import_old(uint32_t *refs)
{
	int fd = dup(source.fd);

	REQUIRE(fd >= 0);
	CHECK_OK(gntdev_old_import(guest.gntdev, fd, guest.domid, refs, PAGES));
	close(fd);
	if (gntdev_old_import_release(guest.gntdev, fd))
		CHECK_EQ(errno, ENOENT);
}

static void *import_many(void *unused)
{
	uint32_t refs[PAGES];
	unsigned int i;

	(void)unused;
	for (i = 0; i < TURNS; i++) {
		import_once(refs);
		import_old(refs);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	unsigned int i;

	guest_open(&guest);
	source_open(&source, "udmabuf", PAGES);
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, import_many, NULL));
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK(WITHIN_MS(1000, imported_pages() == 0));
	source_close(&source);
	return CASE_PASS;
}
