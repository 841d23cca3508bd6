/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's agent, as a case sees it, and the dma-bufs made of the pages that it shares. They are
 * made by libgnttab-dmabuf. A call that fails ends the case: with an error if the agent is at fault,
 * with a failure if the library or the kernel is.
 */

#ifndef TESTS_GUEST_H
#define TESTS_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include <xengnttab_dmabuf.h>

#include "case.h"
#include "gnt.h"
#include "rpc.h"

/**
 * struct guest - the guest, and the gntdev file of this case
 * @domid: domain id of the guest
 * @rpc: connection to its agent
 * @xgt: an open /dev/xen/gntdev of this process
 * @gntdev: its descriptor, for calls of the kernel's interface
 */
struct guest {
	uint32_t domid;
	struct rpc *rpc;
	xengnttab_handle *xgt;
	int gntdev;
};

/**
 * struct guest_pages - memory that the guest shares
 * @number: the agent's number for it
 * @count: number of pages
 * @seed: seed of the pattern in the pages
 * @refs: one reference per page
 */
struct guest_pages {
	unsigned int number;
	uint32_t count;
	uint64_t seed;
	uint32_t *refs;
};

/* Opens the domain whose id is in the environment variable DOMU_ID. */
void guest_open(struct guest *guest);

/* Opens /dev/xen/gntdev once more, and uses that from now on. It does not close the one before. */
void guest_open_gntdev(struct guest *guest);
void guest_close_gntdev(struct guest *guest);

/* Makes the guest share pages that are filled with a new pattern. */
void guest_share(struct guest *guest, struct guest_pages *pages, uint32_t count);
void guest_share_readonly(struct guest *guest, struct guest_pages *pages,
			  uint32_t count);

/* A reference that is granted to another domain than this one. */
uint32_t guest_ref_of_other_domain(struct guest *guest);

/* A reference that was granted to this domain, and whose grant has ended. */
uint32_t guest_ended_ref(struct guest *guest);

/* Returns the number of references that the guest could not end, because they are mapped. */
uint32_t guest_unshare(struct guest *guest, struct guest_pages *pages);

void guest_poke(struct guest *guest, struct guest_pages *pages, uint32_t page,
		unsigned int word, uint64_t value);
uint64_t guest_peek(struct guest *guest, struct guest_pages *pages,
		    uint32_t page, unsigned int word);

/* Fills all pages with a new pattern and updates @pages->seed. */
void guest_refill(struct guest *guest, struct guest_pages *pages);

/* Does the guest see this pattern in these pages? Prints the first difference. */
bool guest_sees(struct guest *guest, struct guest_pages *pages, uint32_t page,
		uint32_t count, uint64_t seed);

uint64_t guest_hash(struct guest *guest, struct guest_pages *pages);

/*
 * Runs a command in the guest's shell and returns its exit status. The output goes to the guest's
 * log, and its last line is noted. The programs of the cases have the same paths in the guest.
 */
int guest_run(struct guest *guest, const char *command);

/* The same, and returns the last line of the output in @line. */
int guest_run_line(struct guest *guest, const char *command, char line[RPC_MAX]);

/* Destroys the guest. A case that calls this declares kills-domu. */
void guest_destroy(void);

/* Xen keeps a dead domain while another domain maps its pages. */
bool domain_exists(uint32_t domid);

/* A reference beyond the end of every grant table. */
#define REF_OUT_OF_RANGE	0x7ffffff0U

/**
 * struct export - a dma-buf made of the guest's pages
 * @fd: the dma-buf
 * @id: its id on its gntdev file
 * @size: size of the dma-buf in bytes
 * @buffer: the library's handle; NULL if the case has called EXPORT itself
 */
struct export {
	int fd;
	uint64_t id;
	size_t size;
	xengnttab_dmabuf *buffer;
};

/*
 * Exports all pages with these flags (GNTDEV_DMABUF_EXPORT_*). export_try() returns false with errno
 * set on failure.
 */
bool export_try(struct guest *guest, const struct guest_pages *pages, uint32_t flags,
		struct export *export);
struct export export_pages(struct guest *guest,
			   const struct guest_pages *pages, uint32_t flags);

/* An export that the case has made itself, with EXPORT. */
static inline struct export export_made(const struct gntdev_dmabuf_export *args)
{
	return (struct export){
		.fd = args->fd,
		.id = args->id,
		.size = args->count * PAGE_BYTES,
	};
}

/* Maps the whole dma-buf. Ends the case if mmap() fails. */
void *export_map(const struct export *export, int prot);
void export_unmap(const struct export *export, void *memory);

/* Closes the dma-buf, waits until it is released, and frees the handle. */
void export_close(struct guest *guest, struct export *export);

/* Only waits. */
void export_wait(struct guest *guest, const struct export *export);

/* Are the frames of an export contiguous, according to QUERY? */
static inline bool is_contiguous(const struct gntdev_dmabuf_query *answer)
{
	return answer->properties & GNTDEV_DMABUF_QUERY_CONTIGUOUS;
}

/* Takes the dma-buf away from its users. */
void export_revoke(struct guest *guest, const struct export *export);

/* Checks for a moment that a revoked export is not released, because a user still holds it. */
void export_is_held(struct guest *guest, const struct export *export);

/* Does each page of the mapping have the guest's pattern? Prints the first difference. */
bool memory_is(const void *memory, uint32_t page, uint32_t count, uint64_t seed);

/*
 * Exports all pages with the old ioctl. If an unpatched kernel on x86 refuses this, which
 * compat/old-export tests, the case is skipped.
 */
int old_export_pages(struct guest *guest, const struct guest_pages *pages,
		     uint32_t flags);

/* Closes its last descriptor and waits until it is released. */
void old_export_close(struct guest *guest, int fd);

/* The state of an export, an enum gntdev_dmabuf_state. */
uint32_t export_state(struct guest *guest, uint64_t id);

/* Everything for a case with one buffer. */
struct scene {
	struct guest guest;
	struct guest_pages pages;
	struct export export;
};

void scene_open(struct scene *scene, uint32_t count, uint32_t flags);

/* Closes the export and checks that the guest could end all its grants. */
void scene_close(struct scene *scene);

#endif /* TESTS_GUEST_H */
