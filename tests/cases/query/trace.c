// SPDX-License-Identifier: GPL-2.0
/*
 * Tracepoints tell the life of an export: how the references were mapped and how many were
 * bad, each state, and what a device was given.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "importer.h"
#include "restore.h"

#define TRACEFS		"/sys/kernel/tracing"
/* A buffer of the case's own. */
#define INSTANCE	TRACEFS "/instances/xen-dmabuf-case"

#define PAGES		150
#define BAD		2

static struct guest guest;
static struct guest_pages pages;

static void remove_instance(void *unused)
{
	(void)unused;
	if (rmdir(INSTANCE))
		note("%s remains: %m", INSTANCE);
}

static void begin_tracing(void)
{
	if (access(TRACEFS "/instances", F_OK))
		REQUIRE(!mount("tracefs", TRACEFS, "tracefs", 0, NULL));
	when_over(remove_instance, NULL);
	REQUIRE(!mkdir(INSTANCE, 0700));
	write_long(INSTANCE "/events/xen_gntdev/enable", 1);
}

static void forget_events(void)
{
	int fd = open(INSTANCE "/trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	REQUIRE(fd >= 0);
	close(fd);
}

/* "name=value", as every event prints its members. */
static const char *member(const char *event, const char *name)
{
	char text[32];
	const char *at;

	snprintf(text, sizeof(text), " %s=", name);
	at = strstr(event, text);
	if (!at)
		FAIL("no %s in: %s", name, event);
	return at + strlen(text);
}

static uint64_t number(const char *event, const char *name)
{
	return strtoull(member(event, name), NULL, 10);
}

/* The next event of that name in the file, from its name on; or NULL. */
static const char *next_event(FILE *file, const char *name)
{
	static char line[512];
	const char *at;

	while (fgets(line, sizeof(line), file)) {
		at = strstr(line, name);
		if (line[0] != '#' && at)
			return at;
	}
	return NULL;
}

static FILE *events(void)
{
	FILE *file = fopen(INSTANCE "/trace", "r");

	REQUIRE(file);
	return file;
}

static void check_refs(uint64_t count, uint64_t bad)
{
	uint64_t got_count = 0, got_bad = 0;
	FILE *file = events();
	const char *event;

	while ((event = next_event(file, "gntdev_dmabuf_map_refs:"))) {
		CHECK_EQ(number(event, "domid"), guest.domid);
		got_count += number(event, "count");
		got_bad += number(event, "bad");
	}
	fclose(file);
	CHECK_EQ(got_count, count);
	CHECK_EQ(got_bad, bad);
}

static void check_states(uint64_t id, const char *const *states, unsigned int count)
{
	FILE *file = events();
	unsigned int i = 0;
	const char *event;

	while ((event = next_event(file, "gntdev_dmabuf_state:"))) {
		const char *state = member(event, "state");

		if (number(event, "id") != id)
			continue;
		CHECK_EQ(number(event, "domid"), guest.domid);
		if (i == count || strncmp(state, states[i], strlen(states[i])))
			FAIL("state %u of export %" PRIu64 " is %s", i, id, state);
		i++;
	}
	fclose(file);
	CHECK_EQ(i, count);
}

static void check_device(uint64_t id, uint32_t nents)
{
	FILE *file = events();
	const char *event, *device;

	event = next_event(file, "gntdev_dmabuf_map_device:");
	if (!event)
		FAIL("the device's mapping is not told");
	device = member(event, "device");
	CHECK(!strncmp(device, "xen-test-importer ", strlen("xen-test-importer ")));
	CHECK_EQ(number(event, "id"), id);
	CHECK_EQ(number(event, "nents"), nents);
	CHECK(!next_event(file, "gntdev_dmabuf_map_device:"));
	fclose(file);
}

static void try_revoked(int importer)
{
	static const char *const states[] = { "live", "revoking", "unmapping", "released" };
	struct export export = export_pages(&guest, &pages, 0);
	struct importer_attach args = { .fd = export.fd, .max_seg_size = PAGE_BYTES };

	CHECK_OK(importer_attach(importer, &args));
	export_revoke(&guest, &export);
	export_close(&guest, &export);
	check_refs(PAGES, 0);
	check_device(export.id, args.nents);
	check_states(export.id, states, ARRAY_SIZE(states));
}

static void try_closed(void)
{
	static const char *const states[] = { "live", "unmapping", "released" };
	struct export export;

	forget_events();
	export = export_pages(&guest, &pages, 0);
	export_close(&guest, &export);
	check_states(export.id, states, ARRAY_SIZE(states));
}

static void try_bad(void)
{
	struct gntdev_dmabuf_export args;
	unsigned int i;

	forget_events();
	args = gntdev_export_args(guest.domid, pages.refs, PAGES);
	for (i = 0; i < BAD; i++)
		pages.refs[i * 70] = REF_OUT_OF_RANGE;
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EREMOTEIO);
	check_refs(PAGES, BAD);
}

int main(void)
{
	int importer;

	begin_tracing();
	importer = importer_open();
	guest_open(&guest);
	guest_share(&guest, &pages, PAGES);
	try_revoked(importer);
	try_closed();
	try_bad();
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
	close(importer);
	return CASE_PASS;
}
