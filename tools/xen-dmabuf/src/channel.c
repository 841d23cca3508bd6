// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxenvchan.h>

#include "channel.h"
#include "command.h"
#include "names.h"

/* A ring with room for most messages of references at once. */
#define RING_SIZE	32768

/**
 * struct channel - one side of a vchan
 * @vchan: the vchan; it does not block
 * @names: the sharer's name, until a receiver is connected
 */
struct channel {
	struct libxenvchan *vchan;
	struct names names;
};

static struct channel *channel_new(void)
{
	struct channel *channel = calloc(1, sizeof(*channel));

	if (!channel) {
		fail(EXIT_FAILED, "out of memory");
		return NULL;
	}
	if (!names_open(&channel->names))
		return channel;
	free(channel);
	return NULL;
}

struct channel *channel_serve(uint32_t peer, const char *name)
{
	struct channel *channel = channel_new();

	if (!channel)
		return NULL;
	if (names_claim(&channel->names, peer, name, NULL, 0))
		goto err_close;
	channel->vchan = libxenvchan_server_init(NULL, (int)peer, channel->names.path, 0,
						 RING_SIZE);
	if (!channel->vchan) {
		fail(EXIT_FAILED, "cannot make a vchan for domain %u (%s); check that the domain "
		     "exists, and load the modules xen-gntalloc and xen-evtchn", peer,
		     strerror(errno));
		goto err_close;
	}
	channel->vchan->blocking = 0;
	return channel;

err_close:
	channel_close(channel);
	return NULL;
}

struct channel *channel_connect(uint32_t peer, const char *name, int64_t deadline, int *code)
{
	struct channel *channel = channel_new();
	char path[NAMES_PATH];
	uint32_t own;

	*code = EXIT_FAILED;
	if (!channel)
		return NULL;
	own = channel->names.own;
	names_of_peer(&channel->names, peer, name, path);
	while (!channel->vchan && !is_interrupted()) {
		if (!names_check_writers(&channel->names, peer, path, "ring-ref"))
			channel->vchan = libxenvchan_client_init(NULL, (int)peer, path);
		if (channel->vchan || !ms_until(deadline, 1))
			break;
		poll(NULL, 0, ms_until(deadline, CHANNEL_LOOK_MS));
	}
	if (channel->vchan) {
		channel->vchan->blocking = 0;
		return channel;
	}
	if (is_interrupted())
		*code = fail(EXIT_INTERRUPTED, "interrupted before domain %u shared '%s'", peer,
			     name);
	else
		*code = fail(EXIT_TIMEOUT, "domain %u shares no '%s' with domain %u; start "
			     "'xen-dmabuf share --domain %u --name %s' there", peer, name, own, own,
			     name);
	channel_close(channel);
	return NULL;
}

void channel_close(struct channel *channel)
{
	if (!channel)
		return;
	names_close(&channel->names);
	if (channel->vchan)
		libxenvchan_close(channel->vchan);
	free(channel);
}

static ssize_t channel_read(void *context, void *data, size_t size)
{
	struct channel *channel = context;
	int done = libxenvchan_read(channel->vchan, data, size);

	if (done > 0)
		return done;
	if (!libxenvchan_is_open(channel->vchan))
		return 0;
	errno = done < 0 ? EIO : EAGAIN;
	return -1;
}

static ssize_t channel_write(void *context, const void *data, size_t size)
{
	struct channel *channel = context;
	int done = libxenvchan_write(channel->vchan, data, size);

	if (done > 0)
		return done;
	errno = done < 0 ? EPIPE : EAGAIN;
	return -1;
}

const struct xengnttab_dmabuf_stream_ops channel_ops = {
	.read = channel_read,
	.write = channel_write,
};

bool channel_is_connected(struct channel *channel)
{
	return libxenvchan_is_open(channel->vchan) == 1;
}

int channel_wait(struct channel *channel, int64_t deadline, int look_ms)
{
	struct pollfd pollfd = {
		.fd = libxenvchan_fd_for_select(channel->vchan), .events = POLLIN,
	};

	if (is_interrupted()) {
		errno = EINTR;
		return -1;
	}
	if (!ms_until(deadline, 1)) {
		errno = ETIMEDOUT;
		return -1;
	}
	if (poll(&pollfd, 1, ms_until(deadline, look_ms)) == 1)
		libxenvchan_wait(channel->vchan);
	if (channel_is_connected(channel))
		names_withdraw(&channel->names);
	return 0;
}
