// SPDX-License-Identifier: GPL-2.0
/*
 * A driver holds the buffer's dma_resv while the gntdev file of a REVOKE_ON_CLOSE export is closed.
 * The close does not wait for the driver. The export is revoked after the lock is released. REVOKE
 * itself waits for the driver, and a signal ends this: the export then is as it was.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "hv.h"
#include "importer.h"

#define PAGES	20
#define LOCK_MS	8000

static int importer, locker_tid;
static bool unlocked;

static bool is_unlocked(void)
{
	return __atomic_load_n(&unlocked, __ATOMIC_ACQUIRE);
}

static void *keep_locked(void *unused)
{
	(void)unused;
	tell_tid(&locker_tid);
	CHECK_OK(importer_lock(importer, LOCK_MS));
	__atomic_store_n(&unlocked, true, __ATOMIC_RELEASE);
	return NULL;
}

static void on_alarm(int number)
{
	(void)number;
}

/* The signal comes again and again, so it does not matter if one comes before the call. */
static void revoke_interrupted(const struct guest *guest, const struct export *export)
{
	const struct itimerval often = { { .tv_usec = 100000 }, { .tv_usec = 100000 } };
	const struct itimerval never = { { 0 }, { 0 } };
	const struct sigaction action = { .sa_handler = on_alarm };
	struct gntdev_dmabuf_query answer;

	REQUIRE(!sigaction(SIGALRM, &action, NULL));
	REQUIRE(!setitimer(ITIMER_REAL, &often, NULL));
	CHECK_ERRNO(gntdev_revoke(guest->gntdev, export->id), EINTR);
	REQUIRE(!setitimer(ITIMER_REAL, &never, NULL));
	CHECK_OK(gntdev_query(guest->gntdev, export->id, &answer));
	CHECK_EQ(answer.state, GNTDEV_DMABUF_STATE_LIVE);
}

static void block_alarm(int how)
{
	sigset_t alarm;

	REQUIRE(!sigemptyset(&alarm) && !sigaddset(&alarm, SIGALRM));
	REQUIRE(!pthread_sigmask(how, &alarm, NULL));
}

int main(void)
{
	struct guest_pages pages;
	struct export export;
	struct guest guest;
	pthread_t locker;

	importer = importer_open();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	export = export_pages(&guest, &pages, GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE);
	CHECK_OK(importer_hold(importer, export.fd, 0));

	/* Only this thread gets the signal. */
	block_alarm(SIG_BLOCK);
	REQUIRE(!pthread_create(&locker, NULL, keep_locked, NULL));
	block_alarm(SIG_UNBLOCK);
	REQUIRE(WITHIN_MS(5000, tid_is(&locker_tid, 'D')));
	revoke_interrupted(&guest, &export);
	guest_close_gntdev(&guest);
	CHECK(!is_unlocked());
	REQUIRE(!pthread_join(locker, NULL));

	CHECK(WITHIN_MS(5000, importer_try(importer, export.fd) == -1 && errno == ENODEV));
	CHECK_EQ(hv_mapped(guest.domid, pages.refs, PAGES), PAGES);
	CHECK_OK(importer_drop(importer));
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, PAGES)));
	CHECK_OK(close(export.fd));
	close(importer);
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	return CASE_PASS;
}
