// SPDX-License-Identifier: GPL-2.0
/*
 * kills-domu
 * limit: 400
 * platforms: pvh
 *
 * A domain that has exports and imports is saved and restored: here the guest. It has exports of
 * Dom0's pages, and has imported a dma-buf for Dom0. They are lost. A process gets SIGBUS, and no
 * new access is given (ENODEV, zeros). The exports are released when their last users let go,
 * and Xen is not asked to unmap what it does not know of. The import is released at once, and a
 * new one works. Threads that wait for the end of an export do not keep the domain from being
 * saved, in either wait. (With LONG=1 a suspend is cancelled before that, which changes nothing:
 * this takes an emulated machine as long as the rest.)
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "access.h"
#include "case.h"
#include "guest.h"
#include "import.h"
#include "importer.h"
#include "inguest.h"
#include "waiter.h"

#define PAGES	80
#define SAVED	"/tmp/xen-dmabuf-case.saved"

/* Files in the guest that mark the progress of the case. */
#define READY		"/tmp/xen-dmabuf-case.ready"
#define GO_ON		"/tmp/xen-dmabuf-case.go-on"
#define UNCHANGED	"/tmp/xen-dmabuf-case.unchanged"
#define RESTORED	"/tmp/xen-dmabuf-case.restored"

#define STEP_MS		60000

/* ---- in the guest */

static void say(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	REQUIRE(fd >= 0);
	close(fd);
}

static bool is_said(const char *path)
{
	return !access(path, F_OK);
}

/* A thread in the old wait without a timeout. */
struct old_waiter {
	pthread_t thread;
	int gntdev, fd;
	int tid;
	int result;
	bool done;
};

static void *wait_as_of_old(void *argument)
{
	struct old_waiter *waiter = argument;

	tell_tid(&waiter->tid);
	waiter->result = gntdev_old_wait(waiter->gntdev, (uint32_t)waiter->fd,
					 GNTDEV_OLD_WAIT_FOREVER);
	__atomic_store_n(&waiter->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool old_waiter_is_done(const struct old_waiter *waiter)
{
	return __atomic_load_n(&waiter->done, __ATOMIC_ACQUIRE);
}

static void old_waiter_start(struct old_waiter *waiter, struct guest *dom0,
			     const struct guest_pages *pages)
{
	*waiter = (struct old_waiter){ .gntdev = dom0->gntdev };
	waiter->fd = old_export_pages(dom0, pages, 0);
	REQUIRE(!pthread_create(&waiter->thread, NULL, wait_as_of_old, waiter));
	REQUIRE(WITHIN_MS(10000, tid_is(&waiter->tid, 'D')));
}

static void old_waiter_is_released(struct old_waiter *waiter)
{
	CHECK(WITHIN_MS(10000, old_waiter_is_done(waiter)));
	REQUIRE(!pthread_join(waiter->thread, NULL));
	CHECK_EQ(waiter->result, 0);
	CHECK_OK(close(waiter->fd));
}

static void check_lost(struct guest *dom0, struct export *export, void *memory)
{
	static const char zeros[PAGE_BYTES];
	char seen[PAGE_BYTES];
	int importer = importer_open_again();
	uint64_t value;

	CHECK(WITHIN_MS(5000, !try_read(memory, &value)));
	expect_sigbus(memory, PAGES);
	CHECK_ERRNO(mmap(NULL, export->size, PROT_READ, MAP_SHARED, export->fd, 0), ENODEV);
	CHECK_ERRNO(importer_try(importer, export->fd), ENODEV);
	CHECK_OK(importer_hold(importer, export->fd, IMPORTER_VMAP));
	CHECK_OK(importer_read(importer, 0, seen, sizeof(seen)));
	CHECK(!memcmp(seen, zeros, sizeof(seen)));
	close(importer);
	export_is_held(dom0, export);
}

static void check_import_lost(struct guest *dom0, struct source *source, struct import *import)
{
	struct gntdev_dmabuf_query answer;
	struct import again;

	CHECK(import_is_released(import, 5000));
	CHECK_EQ(import_query(import).properties, GNTDEV_DMABUF_QUERY_LOST);
	import_forget(import);

	import_range(dom0, source, 0, 0, &again);
	answer = import_query(&again);
	CHECK_EQ(answer.state, GNTDEV_DMABUF_STATE_LIVE);
	CHECK_EQ(answer.properties, 0);
	import_revoke(&again);
	CHECK(import_is_released(&again, 1000));
	import_forget(&again);
}

static int in_guest(struct guest *dom0, struct guest_pages *pages)
{
	struct source source;
	struct import import;
	struct export held, idle;
	int importer = importer_open();
	struct old_waiter old_waiter;
	struct waiter waiter;
	void *memory;

	guest_open_gntdev(dom0);
	held = export_pages(dom0, pages, 0);
	idle = export_pages(dom0, pages, 0);
	memory = export_map(&held, PROT_READ | PROT_WRITE);
	CHECK(memory_is(memory, 0, PAGES, pages->seed));
	CHECK_OK(importer_hold(importer, held.fd, 0));
	waiter_start(&waiter, dom0->gntdev, idle.id, GNTDEV_DMABUF_WAIT_FOREVER);
	old_waiter_start(&old_waiter, dom0, pages);

	source_open(&source, "udmabuf", PAGES);
	import_range(dom0, &source, 0, 0, &import);

	say(READY);
	REQUIRE(WITHIN_MS(STEP_MS, is_said(GO_ON)));
	CHECK_EQ(export_state(dom0, held.id), GNTDEV_DMABUF_STATE_LIVE);
	CHECK(memory_is(memory, 0, PAGES, pages->seed));
	CHECK(!waiter_is_done(&waiter));
	CHECK(!old_waiter_is_done(&old_waiter));
	CHECK_EQ(import_query(&import).state, GNTDEV_DMABUF_STATE_LIVE);

	say(UNCHANGED);
	REQUIRE(WITHIN_MS(STEP_MS, is_said(RESTORED)));
	check_import_lost(dom0, &source, &import);
	source_close(&source);
	check_lost(dom0, &held, memory);
	waiter_is_released(&waiter);
	old_waiter_is_released(&old_waiter);
	CHECK_OK(importer_drop(importer));
	export_wait(dom0, &held);
	CHECK_EQ(read_long("/sys/class/misc/xen!gntdev/dmabuf/exported_pages"), 0);
	CHECK_EQ(read_long("/sys/class/misc/xen!gntdev/dmabuf/lost_mappings"), 0);

	export_unmap(&held, memory);
	CHECK_OK(close(held.fd));
	CHECK_OK(close(idle.fd));
	close(importer);
	return CASE_PASS;
}

/* ---- in Dom0 */

static void wait_until_said(struct guest *guest, const char *path)
{
	char command[64];

	snprintf(command, sizeof(command), "test -e %s", path);
	while (guest_run(guest, command)) {
		if (has_passed_in_guest(guest))
			FAIL("the part in the guest ended too early");
		sleep_ms(200);
	}
}

static void say_in_guest(struct guest *guest, const char *path)
{
	char command[64];

	snprintf(command, sizeof(command), "touch %s", path);
	REQUIRE(!guest_run(guest, command));
}

/* Cancels a suspend. The guest continues as the same domain. */
static void cancel(void)
{
	REQUIRE(!system("xl save -c domu " SAVED " >/dev/null 2>&1"));
	unlink(SAVED);
}

/* The guest continues as another domain. */
static void save_and_restore(struct guest *guest)
{
	char id[16] = "";
	FILE *output;

	CHECK(!system("xl save domu " SAVED " >/dev/null 2>&1"));
	REQUIRE(WITHIN_MS(10000, !domain_exists(guest->domid)));
	REQUIRE(!system("xl restore " SAVED " </dev/null >/dev/null 2>&1"));
	unlink(SAVED);
	output = popen("lab-domu id", "r");
	REQUIRE(output && fgets(id, sizeof(id), output));
	pclose(output);
	REQUIRE(!setenv("DOMU_ID", id, 1));
	guest_open(guest);
}

int main(int argc, char **argv)
{
	struct dom0_pages shared;
	struct guest_pages pages;
	struct guest guest;

	if (is_in_guest(argc, argv, &guest, &pages))
		return in_guest(&guest, &pages);
	guest_open(&guest);
	dom0_share(&guest, &shared, PAGES);
	start_in_guest(&guest, &shared);
	wait_until_said(&guest, READY);

	if (is_long())
		cancel();
	say_in_guest(&guest, GO_ON);
	wait_until_said(&guest, UNCHANGED);

	save_and_restore(&guest);
	say_in_guest(&guest, RESTORED);
	CHECK(WITHIN_MS(STEP_MS, has_passed_in_guest(&guest)));
	dom0_unshare(&shared);
	return CASE_PASS;
}
