/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's agent as a case sees it, and the dma-bufs made of what it shares.
 * A call that fails ends the case: with an error if the agent does not do its
 * part, with a failure if the kernel does not.
 */

#ifndef TESTS_GUEST_H
#define TESTS_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "gnt.h"
#include "rpc.h"

/**
 * struct guest - the guest, and what this case uses all the time
 * @domid: the guest's
 * @rpc: its agent
 * @gntdev: an open /dev/xen/gntdev of this process
 */
struct guest {
	uint32_t domid;
	struct rpc *rpc;
	int gntdev;
};

/**
 * struct guest_pages - memory that the guest shares
 * @number: the agent's name for it
 * @count: pages
 * @seed: of the pattern that it was filled with
 * @refs: one reference per page
 */
struct guest_pages {
	unsigned int number;
	uint32_t count;
	uint64_t seed;
	uint32_t *refs;
};

/* The domain in the environment's DOMU_ID. */
void guest_open(struct guest *guest);

/* Has the guest share pages, full of a new pattern. */
void guest_share(struct guest *guest, struct guest_pages *pages, uint32_t count);
void guest_share_readonly(struct guest *guest, struct guest_pages *pages,
			  uint32_t count);

/* Shared with another domain than this one. */
uint32_t guest_ref_of_other_domain(struct guest *guest);

/* Granted to this domain once, but no longer. */
uint32_t guest_ended_ref(struct guest *guest);

/* How many references the guest could not end, because they are still mapped. */
uint32_t guest_unshare(struct guest *guest, struct guest_pages *pages);

void guest_poke(struct guest *guest, struct guest_pages *pages, uint32_t page,
		unsigned int word, uint64_t value);
uint64_t guest_peek(struct guest *guest, struct guest_pages *pages,
		    uint32_t page, unsigned int word);

/* New pattern in all pages; @pages->seed changes. */
void guest_refill(struct guest *guest, struct guest_pages *pages);

/* Does the guest see this pattern in these pages? If not, says where. */
bool guest_sees(struct guest *guest, struct guest_pages *pages, uint32_t page,
		uint32_t count, uint64_t seed);

uint64_t guest_hash(struct guest *guest, struct guest_pages *pages);

/*
 * Has the guest's shell run a command, and gives its exit status. What it prints is in the
 * guest's log, and its last line is noted. Cases' programs are in the guest, too, where
 * they are here.
 */
int guest_run(struct guest *guest, const char *command);

/* End the guest. A case that does is one that kills-domu. */
void guest_destroy(void);

/* Xen keeps a dead domain for as long as somebody maps its pages. */
bool domain_exists(uint32_t domid);

/* What a reference is that cannot have been granted: beyond every grant table. */
#define REF_OUT_OF_RANGE	0x7ffffff0U

/**
 * struct export - a dma-buf made by EXPORT
 * @fd: the dma-buf
 * @id: its name on the gntdev file it was made on
 * @size: of the dma-buf, in bytes
 */
struct export {
	int fd;
	uint64_t id;
	size_t size;
};

/* EXPORT of all pages, with these flags. */
struct export export_pages(struct guest *guest,
			   const struct guest_pages *pages, uint32_t flags);

/* mmap of the whole dma-buf. Ends the case if it is refused. */
void *export_map(const struct export *export, int prot);
void export_unmap(const struct export *export, void *memory);

/* Close the dma-buf and wait until it is released. */
void export_close(struct guest *guest, struct export *export);
void export_wait(struct guest *guest, const struct export *export);

/* Are the frames of an export one run, by what QUERY answered? */
static inline bool is_contiguous(const struct gntdev_dmabuf_query *answer)
{
	return answer->properties & GNTDEV_DMABUF_QUERY_CONTIGUOUS;
}

/* REVOKE. */
void export_revoke(struct guest *guest, const struct export *export);

/* It is revoked, and cannot be released: somebody holds on to it. Looks for a moment. */
void export_is_held(struct guest *guest, const struct export *export);

/* Is each page of the mapping what the guest filled it with? Says what is not. */
bool memory_is(const void *memory, uint32_t page, uint32_t count, uint64_t seed);

/*
 * A dma-buf of all pages made by the old ioctl. Unpatched kernels on x86 make none, which
 * is a fault of its own (compat/old-export): the case is skipped.
 */
int old_export_pages(struct guest *guest, const struct guest_pages *pages,
		     uint32_t flags);

/* Close it, where this is its last descriptor, and wait until it is released. */
void old_export_close(struct guest *guest, int fd);

/* The state of an export, an enum gntdev_dmabuf_state. */
uint32_t export_state(struct guest *guest, uint64_t id);

/* All that a case with one buffer of @count pages needs. */
struct scene {
	struct guest guest;
	struct guest_pages pages;
	struct export export;
};

void scene_open(struct scene *scene, uint32_t count, uint32_t flags);

/* Ends it, and checks that the guest got its memory back. */
void scene_close(struct scene *scene);

#endif /* TESTS_GUEST_H */
