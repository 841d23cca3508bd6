// SPDX-License-Identifier: GPL-2.0
/*
 * A process that made exports is killed after another process has received and mapped them. The
 * exports with REVOKE_ON_CLOSE are revoked, and the others live on.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "access.h"
#include "case.h"
#include "guest.h"
#include "hv.h"
#include "pass-fd.h"

#define PAGES	16
#define TIMES	5

static struct guest guest;
static struct guest_pages ending, lasting;

/* The owner uses its own gntdev file, which is closed when the owner ends. */
static void own(int socket)
{
	guest_open_gntdev(&guest);
	send_fd(socket, export_pages(&guest, &ending,
				     GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE).fd);
	send_fd(socket, export_pages(&guest, &lasting, 0).fd);
	for (;;)
		pause();
}

static pid_t start_owner(int *socket)
{
	pid_t child = fork_with_socket(socket);

	if (!child)
		own(*socket);
	return child;
}

static void kill_owner(pid_t child)
{
	int status;

	REQUIRE(!kill(child, SIGKILL));
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status));
}

static struct export receive_export(int socket)
{
	return (struct export){ .fd = receive_fd(socket), .size = PAGES * PAGE_BYTES };
}

static unsigned int mapped(const struct guest_pages *pages)
{
	return hv_mapped(guest.domid, pages->refs, PAGES);
}

static void end(const struct export *export, void *memory)
{
	export_unmap(export, memory);
	CHECK_OK(close(export->fd));
}

static void try_once(void)
{
	struct export one, two;
	void *memory, *lasting_memory;
	pid_t owner;
	int socket;

	owner = start_owner(&socket);
	one = receive_export(socket);
	two = receive_export(socket);
	memory = export_map(&one, PROT_READ | PROT_WRITE);
	lasting_memory = export_map(&two, PROT_READ);
	CHECK(memory_is(memory, 0, PAGES, ending.seed));
	kill_owner(owner);
	close(socket);

	CHECK(WITHIN_MS(5000, !mapped(&ending)));
	expect_sigbus(memory, PAGES);
	CHECK_ERRNO(mmap(NULL, one.size, PROT_READ, MAP_SHARED, one.fd, 0), ENODEV);
	CHECK_EQ(mapped(&lasting), PAGES);
	CHECK(memory_is(lasting_memory, 0, PAGES, lasting.seed));
	end(&one, memory);
	end(&two, lasting_memory);
	CHECK(WITHIN_MS(5000, !mapped(&lasting)));
}

int main(void)
{
	unsigned int i;

	guest_open(&guest);
	guest_share(&guest, &ending, PAGES);
	guest_share(&guest, &lasting, PAGES);
	for (i = 0; i < TIMES; i++)
		try_once();
	CHECK_EQ(guest_unshare(&guest, &lasting), 0);
	CHECK_EQ(guest_unshare(&guest, &ending), 0);
	return CASE_PASS;
}
