/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dma-bufs of Dom0 that libgnttab-dmabuf shares with the guest, and the part of a case that runs in
 * the guest and uses them. A function that fails ends the case.
 */

#ifndef TESTS_IMPORT_H
#define TESTS_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "inguest.h"
#include "source.h"

/**
 * struct import - a dma-buf that the guest has references to
 * @buffer: the library's handle, which owns @refs; NULL if the case has made the references itself
 * @gntdev: the file that it was made on
 * @id: its id there
 * @count: number of references
 * @refs: the references
 * @first_offset: where the data begins in the first page
 * @shared: the list of references and the pattern, for the guest
 */
struct import {
	xengnttab_dmabuf *buffer;
	int gntdev;
	uint64_t id;
	uint32_t count;
	const uint32_t *refs;
	uint32_t first_offset;
	struct dom0_pages shared;
};

/* Fills a source with a new pattern, and shares all of it with these flags. */
void import_source(struct guest *guest, struct source *source, uint32_t flags,
		   struct import *import);

/* Only makes the references. For parts: @offset and @length are those of IMPORT. */
void import_range(struct guest *guest, struct source *source, uint64_t offset, uint64_t length,
		  struct import *import);

/* The part in the guest maps all pages, and keeps them mapped. */
void import_map_in_guest(struct guest *guest, struct import *import);

/*
 * It checks once more that it sees the pattern of the import, fills the pages with the inverted
 * seed if the grants are writable, unmaps them, and passes.
 */
void import_unmap_in_guest(struct guest *guest, struct import *import);

/* Both. Dom0 then sees the inverted seed. */
void import_use_in_guest(struct guest *guest, struct import *import);

/* For main(): runs the part in the guest if this is it, and does not return then. */
void import_main(int argc, char **argv);

/*
 * The other direction. A part in the guest imports a dma-buf of the guest's for Dom0, and answers
 * with its references and pattern. It ends when import_end_in_guest() is called: it then sees the
 * inverted seed, ends the import, and passes if that is released within a second.
 */
void import_start_in_guest(struct guest *guest, const char *source, uint32_t count,
			   struct guest_pages *pages);
void import_end_in_guest(struct guest *guest, struct guest_pages *pages);

/* QUERY. */
struct gntdev_dmabuf_query import_query(const struct import *import);

void import_revoke(const struct import *import);

/* Is it released within this time? */
bool import_is_released(const struct import *import, unsigned int ms);

/*
 * Revokes it, and waits up to a second; then the hypervisor has none of the references mapped.
 * Frees what the process keeps of the import.
 */
void import_close(struct import *import);

/* Only frees. */
void import_forget(struct import *import);

/* How many references does the guest have mapped, by Xen's account? */
unsigned int import_mapped(const struct import *import);

#endif /* TESTS_IMPORT_H */
