// SPDX-License-Identifier: GPL-2.0
/*
 * IMPORT refuses a dma-buf that EXPORT has made, whichever way it comes: from another process over
 * a socket (SCM_RIGHTS), and from vgem, which exports what it has imported again. Both the new and
 * the old ioctl refuse it.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "import.h"
#include "kms.h"
#include "pass-fd.h"
#include "quota.h"

#define PAGES	30

static void refuse(int gntdev, uint32_t domid, int dmabuf)
{
	uint32_t refs[PAGES];
	struct gntdev_dmabuf_import args = gntdev_import_args(domid, dmabuf, refs, PAGES);

	CHECK_ERRNO(gntdev_import(gntdev, &args), EOPNOTSUPP);
	CHECK_ERRNO(gntdev_old_import(gntdev, dmabuf, domid, refs, PAGES), EOPNOTSUPP);
	CHECK_EQ(imported_pages(), 0);
}

static void second_process(int socket)
{
	int dmabuf = receive_fd(socket), gntdev = gntdev_open();
	uint32_t domid;

	REQUIRE(gntdev >= 0);
	REQUIRE(read(socket, &domid, sizeof(domid)) == sizeof(domid));
	refuse(gntdev, domid, dmabuf);
	_exit(CASE_PASS);
}

static void try_vgem(struct scene *scene)
{
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };
	int vgem = drm_open("vgem");

	REQUIRE(vgem >= 0);
	CHECK_OK(drm_import(vgem, scene->export.fd, &prime.handle));
	CHECK_OK(ioctl(vgem, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
	refuse(scene->guest.gntdev, scene->guest.domid, prime.fd);
	CHECK_OK(close(prime.fd));
	drm_close_handle(vgem, prime.handle);
	CHECK_OK(close(vgem));
}

int main(void)
{
	struct scene scene;
	int socket, status;
	uint32_t domid;
	pid_t child;

	child = fork_with_socket(&socket);
	if (!child)
		second_process(socket);

	scene_open(&scene, PAGES, 0);
	domid = scene.guest.domid;
	send_fd(socket, scene.export.fd);
	REQUIRE(write(socket, &domid, sizeof(domid)) == sizeof(domid));
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), CASE_PASS);
	try_vgem(&scene);
	scene_close(&scene);
	return CASE_PASS;
}
