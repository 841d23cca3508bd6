// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "case.h"
#include "hv.h"
#include "inguest.h"
#include "pattern.h"

/* The arguments of the part in the guest: program, first reference, pages, seed. */
#define WORDS	4

/* Files in the guest for the part that runs beside the case. */
#define VERDICT	"/tmp/in-guest.verdict"
#define OUTPUT	"/tmp/in-guest.output"

void dom0_share(struct guest *guest, struct dom0_pages *pages, uint32_t count)
{
	uint32_t i;

	pages->seed = now_ns();
	REQUIRE(!gnt_area_share(&pages->area, (uint16_t)guest->domid, count, true));
	REQUIRE(!gnt_dir_share(&pages->dir, (uint16_t)guest->domid, pages->area.refs, count));
	for (i = 0; i < count; i++)
		pattern_fill((char *)pages->area.memory + i * PAGE_BYTES, pages->seed, i);
}

void dom0_unshare(struct dom0_pages *pages)
{
	CHECK_EQ(hv_mapped(0, pages->area.refs, pages->area.count), 0);
	gnt_area_free(&pages->dir);
	gnt_area_free(&pages->area);
}

static void arguments_for(const struct dom0_pages *pages, char arguments[64])
{
	snprintf(arguments, 64, "%u %u %" PRIx64, pages->dir.refs[0], pages->area.count,
		 pages->seed);
}

static void command_for(const char *arguments, char command[256])
{
	char program[128];
	ssize_t length;

	length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	REQUIRE(length > 0);
	program[length] = '\0';
	snprintf(command, 256, "%s %s", program, arguments);
}

void run_in_guest(struct guest *guest, const struct dom0_pages *pages)
{
	char arguments[64], command[256];

	arguments_for(pages, arguments);
	command_for(arguments, command);
	CHECK_EQ(guest_run(guest, command), CASE_PASS);
}

void start_program_in_guest(struct guest *guest, const char *arguments)
{
	char command[256], line[512];

	command_for(arguments, command);
	snprintf(line, sizeof(line),
		 "rm -f " VERDICT "; (%s; echo $? >" VERDICT ") >" OUTPUT " 2>&1 </dev/null &",
		 command);
	REQUIRE(!guest_run(guest, line));
}

void start_in_guest(struct guest *guest, const struct dom0_pages *pages)
{
	char arguments[64];

	arguments_for(pages, arguments);
	start_program_in_guest(guest, arguments);
}

bool has_passed_in_guest(struct guest *guest)
{
	if (guest_run(guest, "test -s " VERDICT))
		return false;
	CHECK_EQ(guest_run(guest, "tail -n 1 " OUTPUT "; exit $(cat " VERDICT ")"), CASE_PASS);
	return true;
}

int wait_in_guest(struct guest *guest, unsigned int ms)
{
	CHECK(WITHIN_MS(ms, !guest_run(guest, "test -s " VERDICT)));
	return guest_run(guest, "tail -n 1 " OUTPUT "; exit $(cat " VERDICT ")");
}

bool is_in_guest(int argc, char **argv, struct guest *dom0, struct guest_pages *pages)
{
	uint32_t dir;

	if (argc != WORDS)
		return false;
	dir = (uint32_t)strtoul(argv[1], NULL, 10);
	*dom0 = (struct guest){ .domid = 0, .gntdev = -1 };
	*pages = (struct guest_pages){
		.count = (uint32_t)strtoul(argv[2], NULL, 10),
		.seed = strtoull(argv[3], NULL, 16),
	};
	pages->refs = calloc(pages->count, sizeof(pages->refs[0]));
	REQUIRE(pages->refs);
	REQUIRE(!gnt_dir_read(0, dir, pages->refs, pages->count));
	return true;
}

struct guest_mapping map_in_guest(struct guest *dom0, const struct guest_pages *pages, int prot)
{
	struct guest_mapping mapping;

	guest_open_gntdev(dom0);
	mapping.memory = CHECK_OK(gntdev_map(dom0->gntdev, dom0->domid, pages->refs, pages->count,
					     prot, &mapping.index));
	CHECK(memory_is(mapping.memory, 0, pages->count, pages->seed));
	return mapping;
}

void unmap_in_guest(struct guest *dom0, const struct guest_pages *pages,
		    const struct guest_mapping *mapping, bool writes)
{
	char *memory = mapping->memory;
	uint32_t i;

	for (i = 0; writes && i < pages->count; i++)
		pattern_fill(memory + i * PAGE_BYTES, ~pages->seed, i);
	CHECK_OK(gntdev_unmap(dom0->gntdev, memory, pages->count, mapping->index));
}
