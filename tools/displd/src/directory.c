// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "directory.h"
#include "displd.h"

/* References in a page. The first word is the reference of the next page. */
#define REFS_IN_PAGE	(PAGE / sizeof(uint32_t) - 1)

/* Copies @count references of one page to or from the guest. Returns the next page in @ref. */
static int copy_page(uint32_t domid, uint32_t *ref, uint32_t *read_to, const uint32_t *write_from,
		     uint32_t count)
{
	int prot = write_from ? PROT_READ | PROT_WRITE : PROT_READ;
	uint32_t *page;

	page = xengnttab_map_grant_ref(server.grants, domid, *ref, prot);
	if (!page)
		return -EINVAL;
	if (write_from)
		memcpy(page + 1, write_from, count * sizeof(*page));
	else
		memcpy(read_to, page + 1, count * sizeof(*page));
	*ref = *(volatile uint32_t *)page;
	xengnttab_unmap(server.grants, page, 1);
	return 0;
}

static int copy_list(uint32_t domid, uint32_t ref, uint32_t *read_to, const uint32_t *write_from,
		     uint32_t count)
{
	uint32_t done, part;
	int error;

	for (done = 0; done < count; done += part) {
		part = count - done < REFS_IN_PAGE ? count - done : REFS_IN_PAGE;
		/* 0 ends the list. */
		if (!ref)
			return -EINVAL;
		error = copy_page(domid, &ref, read_to ? read_to + done : NULL,
				  write_from ? write_from + done : NULL, part);
		if (error)
			return error;
	}
	return 0;
}

int directory_read(uint32_t domid, uint32_t first, uint32_t *refs, uint32_t count)
{
	return copy_list(domid, first, refs, NULL, count);
}

int directory_write(uint32_t domid, uint32_t first, const uint32_t *refs, uint32_t count)
{
	return copy_list(domid, first, NULL, refs, count);
}
