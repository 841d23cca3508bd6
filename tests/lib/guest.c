// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "pattern.h"

#define ANSWER_MS	50000
#define RELEASE_MS	10000
#define HELD_MS		200

/* The cases give the library the kernel's flags. */
#define ASSERT_SAME(flag)						\
	_Static_assert(XENGNTTAB_DMABUF_EXPORT_##flag == GNTDEV_DMABUF_EXPORT_##flag, #flag)
ASSERT_SAME(READONLY);
ASSERT_SAME(CONTIGUOUS);
ASSERT_SAME(REVOKE_ON_CLOSE);
ASSERT_SAME(REVOCABLE);

static uint64_t new_seed(void)
{
	return now_ns() ^ (uint64_t)getpid() << 48;
}

void guest_open(struct guest *guest)
{
	const char *domid = getenv("DOMU_ID");

	REQUIRE(domid && *domid);
	guest->domid = (uint32_t)strtoul(domid, NULL, 10);
	guest->rpc = rpc_open(guest->domid, ANSWER_MS);
	if (!guest->rpc)
		case_error(__FILE__, __LINE__, "domain %u has no agent: %m",
			   guest->domid);
	guest_open_gntdev(guest);
}

void guest_open_gntdev(struct guest *guest)
{
	guest->xgt = xengnttab_open(NULL, 0);
	REQUIRE(guest->xgt);
	guest->gntdev = xengnttab_fd(guest->xgt);
}

void guest_close_gntdev(struct guest *guest)
{
	CHECK_OK(xengnttab_close(guest->xgt));
	guest->xgt = NULL;
	guest->gntdev = -1;
}

#define ASK(guest, answer, ...)						\
	do {								\
		if (rpc_call((guest)->rpc, ANSWER_MS, answer, __VA_ARGS__)) \
			case_error(__FILE__, __LINE__, "agent: %m: %s",	\
				   answer);				\
	} while (0)

static void share(struct guest *guest, struct guest_pages *pages,
		  uint32_t count, const char *mode)
{
	char answer[RPC_MAX];
	uint32_t head;

	pages->seed = new_seed();
	pages->count = count;
	pages->refs = calloc(count, sizeof(pages->refs[0]));
	REQUIRE(pages->refs);
	ASK(guest, answer, "share %u %" PRIx64 " %s 0", count, pages->seed,
	    mode);
	REQUIRE(sscanf(answer, "%u %u", &pages->number, &head) == 2);
	REQUIRE(!gnt_dir_read(guest->domid, head, pages->refs, count));
}

void guest_share(struct guest *guest, struct guest_pages *pages, uint32_t count)
{
	share(guest, pages, count, "rw");
}

void guest_share_readonly(struct guest *guest, struct guest_pages *pages,
			  uint32_t count)
{
	share(guest, pages, count, "ro");
}

/* The grants are for the guest's own domain, which is not this domain. */
uint32_t guest_ref_of_other_domain(struct guest *guest)
{
	char answer[RPC_MAX];
	unsigned int number;
	uint32_t ref;

	ASK(guest, answer, "share 1 1 rw %u", guest->domid);
	REQUIRE(sscanf(answer, "%u %u", &number, &ref) == 2);
	return ref;
}

uint32_t guest_ended_ref(struct guest *guest)
{
	char answer[RPC_MAX];
	uint32_t ref;

	ASK(guest, answer, "ended");
	REQUIRE(sscanf(answer, "%u", &ref) == 1);
	return ref;
}

uint32_t guest_unshare(struct guest *guest, struct guest_pages *pages)
{
	char answer[RPC_MAX];
	uint32_t in_use;

	ASK(guest, answer, "unshare %u", pages->number);
	REQUIRE(sscanf(answer, "%u", &in_use) == 1);
	free(pages->refs);
	pages->refs = NULL;
	pages->number = 0;
	return in_use;
}

void guest_poke(struct guest *guest, struct guest_pages *pages, uint32_t page,
		unsigned int word, uint64_t value)
{
	char answer[RPC_MAX];

	ASK(guest, answer, "poke %u %u %u %" PRIx64, pages->number, page, word,
	    value);
}

uint64_t guest_peek(struct guest *guest, struct guest_pages *pages,
		    uint32_t page, unsigned int word)
{
	char answer[RPC_MAX];
	uint64_t value;

	ASK(guest, answer, "peek %u %u %u", pages->number, page, word);
	REQUIRE(sscanf(answer, "%" SCNx64, &value) == 1);
	return value;
}

void guest_refill(struct guest *guest, struct guest_pages *pages)
{
	char answer[RPC_MAX];

	pages->seed = new_seed();
	ASK(guest, answer, "fill %u 0 %u %" PRIx64, pages->number, pages->count,
	    pages->seed);
}

bool guest_sees(struct guest *guest, struct guest_pages *pages, uint32_t page,
		uint32_t count, uint64_t seed)
{
	char answer[RPC_MAX];

	ASK(guest, answer, "check %u %u %u %" PRIx64, pages->number, page,
	    count, seed);
	if (!strcmp(answer, "same"))
		return true;
	note("what the guest sees %s", answer);
	return false;
}

uint64_t guest_hash(struct guest *guest, struct guest_pages *pages)
{
	char answer[RPC_MAX];
	uint64_t hash;

	ASK(guest, answer, "hash %u 0 %u", pages->number, pages->count);
	REQUIRE(sscanf(answer, "%" SCNx64, &hash) == 1);
	return hash;
}

int guest_run_line(struct guest *guest, const char *command, char line[RPC_MAX])
{
	char answer[RPC_MAX];
	int status, length;

	ASK(guest, answer, "run %s", command);
	REQUIRE(sscanf(answer, "%d %n", &status, &length) == 1);
	note("guest: status %d: %s", status, answer + length);
	strcpy(line, answer + length);
	return status;
}

int guest_run(struct guest *guest, const char *command)
{
	char line[RPC_MAX];

	return guest_run_line(guest, command, line);
}

void guest_destroy(void)
{
	REQUIRE(!system("lab-domu destroy >/dev/null 2>&1"));
}

bool domain_exists(uint32_t domid)
{
	char command[64];

	snprintf(command, sizeof(command), "xl list %u >/dev/null 2>&1", domid);
	return !system(command);
}

bool export_try(struct guest *guest, const struct guest_pages *pages, uint32_t flags,
		struct export *export)
{
	*export = (struct export){ .size = pages->count * PAGE_BYTES };
	export->buffer = xengnttab_dmabuf_export(guest->xgt, guest->domid, flags, pages->count,
						 pages->refs, NULL, &export->fd);
	if (!export->buffer)
		return false;
	CHECK(export->fd >= 0);
	export->id = xengnttab_dmabuf_id(export->buffer);
	CHECK(export->id != 0);
	return true;
}

struct export export_pages(struct guest *guest,
			   const struct guest_pages *pages, uint32_t flags)
{
	struct export export;

	if (!export_try(guest, pages, flags, &export))
		FAIL("export of %u pages, flags %#x: errno %d (%m)",
		     pages->count, flags, errno);
	return export;
}

void *export_map(const struct export *export, int prot)
{
	void *memory;

	memory = mmap(NULL, export->size, prot, MAP_SHARED, export->fd, 0);
	if (memory == MAP_FAILED)
		FAIL("mmap of the dma-buf, %zu bytes, protection %d: errno %d (%m)",
		     export->size, prot, errno);
	return memory;
}

void export_unmap(const struct export *export, void *memory)
{
	CHECK_OK(munmap(memory, export->size));
}

static int wait_for(struct guest *guest, const struct export *export, unsigned int ms)
{
	if (export->buffer)
		return xengnttab_dmabuf_wait(export->buffer, (int)ms);
	return gntdev_wait(guest->gntdev, export->id, in_ms(ms));
}

void export_wait(struct guest *guest, const struct export *export)
{
	if (wait_for(guest, export, RELEASE_MS))
		FAIL("the wait for export %" PRIu64 ": errno %d (%m)", export->id,
		     errno);
}

void export_close(struct guest *guest, struct export *export)
{
	CHECK_OK(close(export->fd));
	export->fd = -1;
	export_wait(guest, export);
	xengnttab_dmabuf_free(export->buffer);
	export->buffer = NULL;
}

int old_export_pages(struct guest *guest, const struct guest_pages *pages,
		     uint32_t flags)
{
	int fd = gntdev_old_export(guest->gntdev, flags, guest->domid, pages->refs,
				   pages->count);

	if (fd < 0 && errno == EINVAL && is_mainline() && !platform_is("arm64"))
		SKIP("this kernel refuses every old export on x86");
	if (fd < 0)
		FAIL("the old export of %u pages, flags %#x: errno %d (%m)",
		     pages->count, flags, errno);
	return fd;
}

void export_revoke(struct guest *guest, const struct export *export)
{
	int ret;

	if (export->buffer)
		ret = xengnttab_dmabuf_revoke(export->buffer);
	else
		ret = gntdev_revoke(guest->gntdev, export->id);
	if (ret)
		FAIL("revocation of export %" PRIu64 ": errno %d (%m)", export->id,
		     errno);
}

void export_is_held(struct guest *guest, const struct export *export)
{
	CHECK_EQ(export_state(guest, export->id), GNTDEV_DMABUF_STATE_REVOKING);
	CHECK_ERRNO(wait_for(guest, export, HELD_MS), ETIMEDOUT);
	CHECK_EQ(export_state(guest, export->id), GNTDEV_DMABUF_STATE_REVOKING);
}

void old_export_close(struct guest *guest, int fd)
{
	CHECK_OK(close(fd));
	/* ENOENT: it was released before the wait began. */
	if (gntdev_old_wait(guest->gntdev, (uint32_t)fd, RELEASE_MS))
		CHECK_EQ(errno, ENOENT);
}

bool memory_is(const void *memory, uint32_t page, uint32_t count, uint64_t seed)
{
	const char *at = memory;
	uint32_t i;

	for (i = page; i < page + count; i++, at += PAGE_BYTES) {
		int word = pattern_check(at, seed, i);

		if (word < 0)
			continue;
		note("what Dom0 sees differs at page %u word %d: %#" PRIx64
		     ", should be %#" PRIx64, i, word,
		     ((const uint64_t *)at)[word],
		     pattern_word(seed, i, (unsigned int)word));
		return false;
	}
	return true;
}

uint32_t export_state(struct guest *guest, uint64_t id)
{
	struct gntdev_dmabuf_query answer;

	CHECK_OK(gntdev_query(guest->gntdev, id, &answer));
	return answer.state;
}

void scene_open(struct scene *scene, uint32_t count, uint32_t flags)
{
	guest_open(&scene->guest);
	guest_share(&scene->guest, &scene->pages, count);
	scene->export = export_pages(&scene->guest, &scene->pages, flags);
}

void scene_close(struct scene *scene)
{
	if (scene->export.fd >= 0)
		export_close(&scene->guest, &scene->export);
	CHECK_EQ(guest_unshare(&scene->guest, &scene->pages), 0);
	guest_close_gntdev(&scene->guest);
	rpc_close(scene->guest.rpc);
}
