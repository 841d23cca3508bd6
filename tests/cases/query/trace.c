// SPDX-License-Identifier: GPL-2.0
/*
 * Tracepoints report the life of an export: how the references were mapped, how many were bad, each
 * state, and each mapping for a device.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "importer.h"
#include "trace.h"

#define PAGES		150
#define BAD		2

static struct guest guest;
static struct guest_pages pages;

static void check_refs(uint64_t count, uint64_t bad)
{
	uint64_t got_count = 0, got_bad = 0;
	FILE *file = trace_open();
	const char *event;

	while ((event = trace_next(file, "gntdev_dmabuf_map_refs:"))) {
		CHECK_EQ(trace_number(event, "domid"), guest.domid);
		got_count += trace_number(event, "count");
		got_bad += trace_number(event, "bad");
	}
	fclose(file);
	CHECK_EQ(got_count, count);
	CHECK_EQ(got_bad, bad);
}

static void check_states(uint64_t id, const char *const *states, unsigned int count)
{
	FILE *file = trace_open();
	unsigned int i = 0;
	const char *event;

	while ((event = trace_next(file, "gntdev_dmabuf_state:"))) {
		const char *state = trace_member(event, "state");

		if (trace_number(event, "id") != id)
			continue;
		CHECK_EQ(trace_number(event, "domid"), guest.domid);
		if (i == count || strncmp(state, states[i], strlen(states[i])))
			FAIL("state %u of export %" PRIu64 " is %s", i, id, state);
		i++;
	}
	fclose(file);
	CHECK_EQ(i, count);
}

static void check_device(uint64_t id, uint32_t nents)
{
	FILE *file = trace_open();
	const char *event, *device;

	event = trace_next(file, "gntdev_dmabuf_map_device:");
	if (!event)
		FAIL("the trace does not have the device mapping");
	device = trace_member(event, "device");
	CHECK(!strncmp(device, "xen-test-importer ", strlen("xen-test-importer ")));
	CHECK_EQ(trace_number(event, "id"), id);
	CHECK_EQ(trace_number(event, "nents"), nents);
	CHECK(!trace_next(file, "gntdev_dmabuf_map_device:"));
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

	trace_forget();
	export = export_pages(&guest, &pages, 0);
	export_close(&guest, &export);
	check_states(export.id, states, ARRAY_SIZE(states));
}

static void try_bad(void)
{
	struct gntdev_dmabuf_export args;
	unsigned int i;

	trace_forget();
	args = gntdev_export_args(guest.domid, pages.refs, PAGES);
	for (i = 0; i < BAD; i++)
		pages.refs[i * 70] = REF_OUT_OF_RANGE;
	CHECK_ERRNO(gntdev_export(guest.gntdev, &args), EREMOTEIO);
	check_refs(PAGES, BAD);
}

int main(void)
{
	int importer;

	trace_begin("xen_gntdev");
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
