// SPDX-License-Identifier: GPL-2.0
/*
 * Two threads REVOKE an export while a third closes its last descriptor. In another race, one
 * thread closes the last descriptor of a REVOKE_ON_CLOSE export while another closes its gntdev
 * file. In any order, REVOKE returns no error, and each export is released once.
 */
#include <pthread.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"

#define ROUNDS		60
#define REVOKERS	2
#define PAGES		8

static struct guest guest;
static struct guest_pages pages;
static struct export export;
static pthread_barrier_t begin, end;
static int gntdev;

static void *revoke_each(void *unused)
{
	unsigned int i;

	(void)unused;
	for (i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&begin);
		CHECK_OK(gntdev_revoke(guest.gntdev, export.id));
		pthread_barrier_wait(&end);
	}
	return NULL;
}

/* Uses another gntdev file than the threads that REVOKE. */
static int export_to_close(void)
{
	struct gntdev_dmabuf_export args;

	gntdev = gntdev_open();
	REQUIRE(gntdev >= 0);
	args = gntdev_export_args(guest.domid, pages.refs, PAGES);
	args.flags = GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE;
	CHECK_OK(gntdev_export(gntdev, &args));
	return args.fd;
}

static void *close_dmabuf(void *argument)
{
	CHECK_OK(close((int)(intptr_t)argument));
	return NULL;
}

static void race_of_closes(void)
{
	int dmabuf = export_to_close();
	pthread_t thread;

	REQUIRE(!pthread_create(&thread, NULL, close_dmabuf, (void *)(intptr_t)dmabuf));
	CHECK_OK(close(gntdev));
	REQUIRE(!pthread_join(thread, NULL));
}

static void race_of_revokers(void)
{
	export = export_pages(&guest, &pages, 0);
	pthread_barrier_wait(&begin);
	CHECK_OK(close(export.fd));
	pthread_barrier_wait(&end);
	export_wait(&guest, &export);
	CHECK_EQ(export_state(&guest, export.id), GNTDEV_DMABUF_STATE_RELEASED);
}

int main(void)
{
	pthread_t threads[REVOKERS];
	unsigned int i;

	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	REQUIRE(!pthread_barrier_init(&begin, NULL, REVOKERS + 1));
	REQUIRE(!pthread_barrier_init(&end, NULL, REVOKERS + 1));
	for (i = 0; i < REVOKERS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, revoke_each, NULL));
	for (i = 0; i < ROUNDS; i++) {
		race_of_revokers();
		race_of_closes();
	}
	for (i = 0; i < REVOKERS; i++)
		REQUIRE(!pthread_join(threads[i], NULL));
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
