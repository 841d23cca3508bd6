// SPDX-License-Identifier: GPL-2.0
/*
 * An import by the library: the guest reads and writes a dma-buf of Dom0's by its references. With
 * a kernel that has IMPORT, also parts of it, and the release is told; without, the old ioctls do
 * what they can. (Not on PV with these: they may grant a copy there.)
 */
#include <fcntl.h>
#include <sys/socket.h>

#include <xengnttab_dmabuf_stream.h>

#include "inguest.h"
#include "library.h"
#include "pattern.h"
#include "source.h"

#define PAGES	40

static struct guest guest;
static bool is_new;

static int in_guest(struct guest *dom0, struct guest_pages *pages)
{
	struct guest_mapping mapping = map_in_guest(dom0, pages, PROT_READ | PROT_WRITE);

	unmap_in_guest(dom0, pages, &mapping, true);
	return CASE_PASS;
}

/* The guest finds a pattern in these pages and leaves another. */
static void use(xengnttab_dmabuf *buffer, char *memory)
{
	uint32_t count = xengnttab_dmabuf_count(buffer), i;
	struct dom0_pages shared = { .seed = now_ns(), .area.count = count };
	const uint32_t *refs = CHECK_MADE(xengnttab_dmabuf_refs(buffer));

	for (i = 0; i < count; i++)
		pattern_fill(memory + i * PAGE_BYTES, shared.seed, i);
	REQUIRE(!gnt_dir_share(&shared.dir, (uint16_t)guest.domid, refs, count));
	run_in_guest(&guest, &shared);
	CHECK(memory_is(memory, 0, count, ~shared.seed));
	CHECK_EQ(hv_mapped(0, refs, count), 0);
	gnt_area_free(&shared.dir);
}

static void end(xengnttab_dmabuf *buffer)
{
	struct xengnttab_dmabuf_info info = { .size = sizeof(info) };

	if (!is_new) {
		CHECK_ERRNO(xengnttab_dmabuf_eventfd(buffer), EOPNOTSUPP);
		CHECK_ERRNO(xengnttab_dmabuf_query(buffer, &info), EOPNOTSUPP);
		CHECK_ERRNO(xengnttab_dmabuf_wait(buffer, 0), EOPNOTSUPP);
		CHECK_OK(xengnttab_dmabuf_revoke(buffer));
		CHECK_OK(xengnttab_dmabuf_revoke(buffer));
		xengnttab_dmabuf_free(buffer);
		return;
	}
	CHECK_OK(xengnttab_dmabuf_query(buffer, &info));
	CHECK_EQ(info.kind, XENGNTTAB_DMABUF_KIND_IMPORT);
	CHECK_EQ(info.count, xengnttab_dmabuf_count(buffer));
	CHECK_EQ(info.mapped, 0);
	CHECK_ERRNO(xengnttab_dmabuf_wait(buffer, 0), ETIMEDOUT);
	CHECK_OK(xengnttab_dmabuf_revoke(buffer));
	CHECK(is_readable(CHECK_OK(xengnttab_dmabuf_eventfd(buffer)), RELEASE_MS));
	CHECK_OK(xengnttab_dmabuf_wait(buffer, 0));
	xengnttab_dmabuf_free(buffer);
}

static void check_whole(int dmabuf, char *memory)
{
	xengnttab_dmabuf *buffer;

	buffer = CHECK_MADE(xengnttab_dmabuf_import(guest.xgt, guest.domid, dmabuf, 0, 0, 0));
	CHECK_EQ(xengnttab_dmabuf_count(buffer), PAGES);
	CHECK_EQ(xengnttab_dmabuf_first_offset(buffer), 0);
	use(buffer, memory);
	end(buffer);
}

/* From inside of a page to inside of another. */
static void check_part(int dmabuf, char *memory)
{
	xengnttab_dmabuf *buffer;

	buffer = xengnttab_dmabuf_import(guest.xgt, guest.domid, dmabuf, 0, 3 * PAGE_BYTES + 100,
					 4 * PAGE_BYTES);
	if (!is_new) {
		CHECK(!buffer && errno == EOPNOTSUPP);
		return;
	}
	CHECK(buffer);
	CHECK_EQ(xengnttab_dmabuf_count(buffer), 5);
	CHECK_EQ(xengnttab_dmabuf_first_offset(buffer), 100);
	use(buffer, memory + 3 * PAGE_BYTES);
	end(buffer);
}

/* A peer that never answers: the handle tells when the memory is free, also without the stream. */
static void check_sent(int dmabuf)
{
	xengnttab_dmabuf_stream *stream;
	xengnttab_dmabuf *buffer;
	uint64_t number;
	int sockets[2];

	if (!is_new)
		return;
	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	stream = CHECK_MADE(xengnttab_dmabuf_stream_open(guest.xgt, guest.domid, NULL, sockets[0]));
	CHECK_OK(xengnttab_dmabuf_stream_send(stream, dmabuf, 0, NULL, &number));
	buffer = CHECK_MADE(xengnttab_dmabuf_stream_sent(stream, number));
	CHECK_REFUSED(xengnttab_dmabuf_stream_sent(stream, number + 1), EINVAL);
	CHECK_EQ(xengnttab_dmabuf_count(buffer), PAGES);
	CHECK_ERRNO(xengnttab_dmabuf_wait(buffer, 0), ETIMEDOUT);
	xengnttab_dmabuf_stream_close(stream);
	CHECK_OK(xengnttab_dmabuf_wait(buffer, RELEASE_MS));
	xengnttab_dmabuf_free(buffer);
	close(sockets[0]);
	close(sockets[1]);
}

static void check_refusals(int dmabuf)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	REQUIRE(file >= 0);
	CHECK_REFUSED(xengnttab_dmabuf_import(guest.xgt, guest.domid, -1, 0, 0, 0), EBADF);
	CHECK_REFUSED(xengnttab_dmabuf_import(guest.xgt, guest.domid, file, 0, 0, 0), EINVAL);
	CHECK_REFUSED(xengnttab_dmabuf_import(guest.xgt, guest.domid, dmabuf, 1U << 31, 0, 0), EINVAL);
	CHECK_REFUSED(xengnttab_dmabuf_import(guest.xgt, guest.domid, dmabuf, 0, PAGES * PAGE_BYTES, 0),
		      EINVAL);
	CHECK_REFUSED(xengnttab_dmabuf_import(guest.xgt, guest.domid, dmabuf, 0, 1, PAGES * PAGE_BYTES),
		      EINVAL);
	CHECK_REFUSED(xengnttab_dmabuf_import(guest.xgt, guest.domid, dmabuf, 0, 0, UINT64_MAX), EINVAL);
	CHECK_REFUSED(xengnttab_dmabuf_import(guest.xgt, 0x7FF0, dmabuf, 0, 0, 0), EINVAL);
	close(file);
}

int main(int argc, char **argv)
{
	unsigned int fds;
	struct guest_pages pages;
	uint32_t caps;
	struct source source;

	if (is_in_guest(argc, argv, &guest, &pages))
		return in_guest(&guest, &pages);
	guest_open(&guest);
	CHECK_OK(xengnttab_dmabuf_capabilities(guest.xgt, &caps));
	is_new = caps & XENGNTTAB_DMABUF_CAP_IMPORT;
	if (!is_new && platform_is("pv"))
		SKIP("the kernel has no IMPORT");

	source_open(&source, "system", PAGES);
	check_whole(source.fd, source.memory);
	fds = count_fds();
	check_whole(source.fd, source.memory);
	check_part(source.fd, source.memory);
	check_sent(source.fd);
	check_refusals(source.fd);
	CHECK_EQ(count_fds(), fds);
	source_close(&source);
	guest_close_gntdev(&guest);
	return CASE_PASS;
}
