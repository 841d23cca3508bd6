// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "hv.h"
#include "import.h"
#include "pattern.h"

/* The part in the guest keeps its mapping until this file is there. */
#define GO		"/tmp/in-guest.go"
#define GO_MS		60000

/* Where the part in the guest writes what it has imported. */
#define IMPORTED	"/tmp/in-guest.imported"

#define WAIT_FOR_IMPORTED						\
	"for i in $(seq 50); do test -e " IMPORTED " && exec cat " IMPORTED "; sleep 0.1; done; false"

#define GUEST_MS	20000
#define RELEASE_MS	1000

/* The cases give the library the kernel's flags. */
_Static_assert(XENGNTTAB_DMABUF_IMPORT_READONLY == GNTDEV_DMABUF_IMPORT_READONLY, "READONLY");

static void import_part(struct guest *guest, struct source *source, uint32_t flags,
			uint64_t offset, uint64_t length, struct import *import)
{
	xengnttab_dmabuf *buffer;

	buffer = xengnttab_dmabuf_import(guest->xgt, guest->domid, source->fd, flags, offset,
					 length);
	if (!buffer)
		FAIL("import of %u pages of %s, flags %#x: errno %d (%m)", source->pages,
		     source->name, flags, errno);
	*import = (struct import){
		.buffer = buffer,
		.gntdev = guest->gntdev,
		.id = xengnttab_dmabuf_id(buffer),
		.count = xengnttab_dmabuf_count(buffer),
		.refs = xengnttab_dmabuf_refs(buffer),
		.first_offset = xengnttab_dmabuf_first_offset(buffer),
	};
	CHECK(import->id);
	CHECK(import->refs);
}

void import_range(struct guest *guest, struct source *source, uint64_t offset, uint64_t length,
		  struct import *import)
{
	import_part(guest, source, 0, offset, length, import);
}

static void share_list(struct guest *guest, struct import *import)
{
	import->shared.area.count = import->count;
	REQUIRE(!gnt_dir_share(&import->shared.dir, (uint16_t)guest->domid, import->refs,
			       import->count));
}

void import_source(struct guest *guest, struct source *source, uint32_t flags,
		   struct import *import)
{
	uint64_t seed = now_ns();

	source_fill(source, seed);
	import_part(guest, source, flags, 0, 0, import);
	CHECK_EQ(import->count, source->pages);
	CHECK_EQ(import->first_offset, 0);
	import->shared.seed = seed;
	share_list(guest, import);
}

/* ---- the part in the guest */

static bool may_go(void)
{
	return !access(GO, F_OK);
}

static int use_pages(struct guest *dom0, struct guest_pages *pages)
{
	struct export export;
	bool writable;
	char *memory;
	uint32_t i;

	writable = export_try(dom0, pages, 0, &export);
	if (!writable) {
		CHECK_EQ(errno, EREMOTEIO);
		export = export_pages(dom0, pages, GNTDEV_DMABUF_EXPORT_READONLY);
	}
	memory = export_map(&export, writable ? PROT_READ | PROT_WRITE : PROT_READ);
	CHECK(memory_is(memory, 0, pages->count, pages->seed));
	CHECK(WITHIN_MS(GO_MS, may_go()));
	CHECK(memory_is(memory, 0, pages->count, pages->seed));
	for (i = 0; writable && i < pages->count; i++)
		pattern_fill(memory + i * PAGE_BYTES, ~pages->seed, i);
	export_unmap(&export, memory);
	export_close(dom0, &export);
	return CASE_PASS;
}

static int serve(const char *name, uint32_t count)
{
	struct guest dom0 = { .domid = 0 };
	struct source source;
	struct import import;
	FILE *file;

	guest_open_gntdev(&dom0);
	source_open(&source, name, count);
	import_source(&dom0, &source, 0, &import);
	file = fopen(IMPORTED ".new", "w");
	REQUIRE(file);
	REQUIRE(fprintf(file, "%u %" PRIx64 "\n", import.shared.dir.refs[0],
			import.shared.seed) > 0);
	REQUIRE(!fclose(file));
	REQUIRE(!rename(IMPORTED ".new", IMPORTED));
	CHECK(WITHIN_MS(GO_MS, may_go()));
	CHECK(source_is(&source, 0, count, ~import.shared.seed));
	import_revoke(&import);
	CHECK(import_is_released(&import, RELEASE_MS));
	import_forget(&import);
	source_close(&source);
	return CASE_PASS;
}

void import_main(int argc, char **argv)
{
	struct guest_pages pages;
	struct guest dom0;

	if (argc == 3)
		exit(serve(argv[1], (uint32_t)strtoul(argv[2], NULL, 10)));
	if (!is_in_guest(argc, argv, &dom0, &pages))
		return;
	guest_open_gntdev(&dom0);
	exit(use_pages(&dom0, &pages));
}

/* ---- the part in Dom0 */

void import_map_in_guest(struct guest *guest, struct import *import)
{
	REQUIRE(!guest_run(guest, "rm -f " GO));
	start_in_guest(guest, &import->shared);
	if (!WITHIN_MS(GUEST_MS, import_query(import).mapped == import->count)) {
		has_passed_in_guest(guest);
		FAIL("the guest has mapped %u of %u pages", import_query(import).mapped,
		     import->count);
	}
	CHECK_EQ(import_mapped(import), import->count);
}

void import_unmap_in_guest(struct guest *guest, struct import *import)
{
	(void)import;
	REQUIRE(!guest_run(guest, "touch " GO));
	CHECK(WITHIN_MS(GUEST_MS, has_passed_in_guest(guest)));
}

void import_use_in_guest(struct guest *guest, struct import *import)
{
	import_map_in_guest(guest, import);
	import_unmap_in_guest(guest, import);
}

void import_start_in_guest(struct guest *guest, const char *source, uint32_t count,
			   struct guest_pages *pages)
{
	char arguments[64], line[RPC_MAX];
	uint32_t dir;

	REQUIRE(!guest_run(guest, "rm -f " GO " " IMPORTED));
	snprintf(arguments, sizeof(arguments), "%s %u", source, count);
	start_program_in_guest(guest, arguments);
	if (guest_run_line(guest, WAIT_FOR_IMPORTED, line)) {
		has_passed_in_guest(guest);
		FAIL("the guest has not imported anything");
	}
	*pages = (struct guest_pages){ .count = count, .refs = calloc(count, sizeof(uint32_t)) };
	REQUIRE(pages->refs);
	REQUIRE(sscanf(line, "%u %" SCNx64, &dir, &pages->seed) == 2);
	REQUIRE(!gnt_dir_read(guest->domid, dir, pages->refs, count));
}

void import_end_in_guest(struct guest *guest, struct guest_pages *pages)
{
	REQUIRE(!guest_run(guest, "touch " GO));
	CHECK(WITHIN_MS(GUEST_MS, has_passed_in_guest(guest)));
	free(pages->refs);
}

struct gntdev_dmabuf_query import_query(const struct import *import)
{
	struct gntdev_dmabuf_query answer;

	CHECK_OK(gntdev_query(import->gntdev, import->id, &answer));
	return answer;
}

void import_revoke(const struct import *import)
{
	CHECK_OK(xengnttab_dmabuf_revoke(import->buffer));
}

bool import_is_released(const struct import *import, unsigned int ms)
{
	int ret = xengnttab_dmabuf_wait(import->buffer, (int)ms);

	if (ret)
		CHECK_EQ(errno, ETIMEDOUT);
	return !ret;
}

unsigned int import_mapped(const struct import *import)
{
	return hv_mapped(0, import->refs, import->count);
}

void import_close(struct import *import)
{
	import_revoke(import);
	CHECK(import_is_released(import, RELEASE_MS));
	CHECK_EQ(import_mapped(import), 0);
	import_forget(import);
}

void import_forget(struct import *import)
{
	if (import->shared.dir.count)
		gnt_area_free(&import->shared.dir);
	xengnttab_dmabuf_free(import->buffer);
	import->buffer = NULL;
	import->refs = NULL;
}
