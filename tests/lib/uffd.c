// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/userfaultfd.h>

#include "case.h"
#include "uffd.h"

static struct uffdio_range range_of(struct uffd *uffd)
{
	return (struct uffdio_range){
		.start = (uintptr_t)uffd->page,
		.len = PAGE_BYTES,
	};
}

static void register_page(struct uffd *uffd, void *page, uint64_t mode)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	};
	struct uffdio_register args = { .mode = mode };

	uffd->page = page;
	memcpy(uffd->content, page, PAGE_BYTES);
	uffd->fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	REQUIRE(uffd->fd >= 0);
	REQUIRE(!ioctl(uffd->fd, UFFDIO_API, &api));
	args.range = range_of(uffd);
	REQUIRE(!ioctl(uffd->fd, UFFDIO_REGISTER, &args));
}

void uffd_take(struct uffd *uffd, void *page)
{
	uffd->only_writes = false;
	register_page(uffd, page, UFFDIO_REGISTER_MODE_MISSING);
	REQUIRE(!madvise(page, PAGE_BYTES, MADV_DONTNEED));
}

static int protect(struct uffd *uffd, uint64_t mode)
{
	struct uffdio_writeprotect args = {
		.range = range_of(uffd),
		.mode = mode,
	};

	return ioctl(uffd->fd, UFFDIO_WRITEPROTECT, &args);
}

void uffd_take_writes(struct uffd *uffd, void *page)
{
	uffd->only_writes = true;
	register_page(uffd, page, UFFDIO_REGISTER_MODE_WP);
	REQUIRE(!protect(uffd, UFFDIO_WRITEPROTECT_MODE_WP));
}

bool uffd_is_wanted(struct uffd *uffd, unsigned int ms)
{
	struct pollfd poll_fd = { .fd = uffd->fd, .events = POLLIN };
	struct uffd_msg message;

	if (poll(&poll_fd, 1, (int)ms) != 1)
		return false;
	REQUIRE(read(uffd->fd, &message, sizeof(message)) == sizeof(message));
	return message.event == UFFD_EVENT_PAGEFAULT;
}

void uffd_give_back(struct uffd *uffd)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)uffd->page,
		.src = (uintptr_t)uffd->content,
		.len = PAGE_BYTES,
	};

	if (uffd->only_writes)
		REQUIRE(!protect(uffd, 0));
	else
		REQUIRE(!ioctl(uffd->fd, UFFDIO_COPY, &copy));
	close(uffd->fd);
}
