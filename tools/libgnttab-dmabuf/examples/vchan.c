// SPDX-License-Identifier: LGPL-2.1-only
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "vchan.h"

#define PATH		"data/dmabuf"
#define TRIES		100
#define PAUSE_US	100000

static ssize_t vchan_read(void *context, void *data, size_t size)
{
	struct libxenvchan *vchan = context;
	int done = libxenvchan_read(vchan, data, size);

	if (done <= 0 && !libxenvchan_is_open(vchan)) {
		/* The peer may have written between these calls, before it closed. */
		done = libxenvchan_read(vchan, data, size);
		return done > 0 ? done : 0;
	}
	if (done > 0)
		return done;
	errno = done < 0 ? EIO : EAGAIN;
	return -1;
}

static ssize_t vchan_write(void *context, const void *data, size_t size)
{
	int done = libxenvchan_write(context, data, size);

	if (done > 0)
		return done;
	errno = done < 0 ? EPIPE : EAGAIN;
	return -1;
}

const struct xengnttab_dmabuf_stream_ops vchan_ops = {
	.size = sizeof(vchan_ops),
	.read = vchan_read,
	.write = vchan_write,
};

struct libxenvchan *vchan_serve(int domid)
{
	struct libxenvchan *vchan = libxenvchan_server_init(NULL, domid, PATH, 0, 0);

	if (vchan)
		vchan->blocking = 1;
	return vchan;
}

struct libxenvchan *vchan_connect(int domid)
{
	struct libxenvchan *vchan = NULL;
	char path[64];
	int tries;

	snprintf(path, sizeof(path), "/local/domain/%d/" PATH, domid);
	for (tries = 0; !vchan && tries < TRIES; tries++) {
		vchan = libxenvchan_client_init(NULL, domid, path);
		if (!vchan)
			usleep(PAUSE_US);
	}
	if (vchan)
		vchan->blocking = 1;
	return vchan;
}
