// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libxenvchan.h>

#include "channel.h"
#include "command.h"
#include "names.h"

/* How long the sharer has to remove the offer, and how often that is looked for. */
#define WITHDRAW_MS	1000
#define WITHDRAW_LOOK_MS	10

/* How often to ask xenstored for the peer's domain. */
#define PEER_LOOK_MS	1000

/* libxenvchan cuts the paths of its nodes to this length. */
#define VCHAN_PATH	63

/* Files which receivers lock. Other users cannot. */
#define LOCKS	"/run/xen-dmabuf"

/* A ring with room for most messages of references at once. */
#define RING_SIZE	32768

/**
 * struct channel - one side of a vchan
 * @vchan: the vchan; it does not block
 * @names: the sharer's name, until a receiver is connected
 * @peer: the other domain
 * @peer_gone: that domain has been destroyed
 * @next_look: when to look for it again
 */
struct channel {
	struct libxenvchan *vchan;
	struct names names;
	uint32_t peer;
	bool peer_gone;
	int64_t next_look;
};

/* The path has the same length on both sides. Returns EXIT_OK, or EXIT_USAGE after a message. */
static int check_path(const struct names *names, uint32_t peer, const char *name)
{
	char path[NAMES_PATH];
	size_t length;

	names_of_peer(names, peer, name, path);
	length = strlen(path) + strlen("/event-channel");
	if (length <= VCHAN_PATH)
		return EXIT_OK;
	return fail_usage("the name '%s' is too long; with domain %u it can have %zu characters",
			  name, peer, strlen(name) - (length - VCHAN_PATH));
}

/* NULL after a message, with the exit code in @code. */
static struct channel *channel_new(uint32_t peer, const char *name, int *code)
{
	struct channel *channel = calloc(1, sizeof(*channel));

	if (!channel) {
		*code = fail(EXIT_FAILED, "out of memory");
		return NULL;
	}
	channel->peer = peer;
	*code = names_open(&channel->names) ? EXIT_FAILED :
		check_path(&channel->names, peer, name);
	if (*code == EXIT_OK)
		return channel;
	channel_close(channel);
	return NULL;
}

struct channel *channel_serve(uint32_t peer, const char *name, int *code)
{
	struct channel *channel = channel_new(peer, name, code);

	if (!channel)
		return NULL;
	*code = EXIT_FAILED;
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
	/* names_withdraw() removes the node. libxenvchan would remove that of the next sharer. */
	free(channel->vchan->xs_path);
	channel->vchan->xs_path = NULL;
	channel->vchan->blocking = 0;
	return channel;

err_close:
	channel_close(channel);
	return NULL;
}

/*
 * A vchan has one client, so only one receiver of this domain may connect to an offer. Returns the
 * locked file, or -1 with errno EWOULDBLOCK if another receiver has locked it. With any other errno
 * this process cannot have such a file, and nothing keeps it and other receivers apart.
 */
static int lock_name(uint32_t peer, const char *name)
{
	char path[sizeof(LOCKS) + 16 + NAMES_MAX];
	int fd, error;

	mkdir(LOCKS, 0700);
	snprintf(path, sizeof(path), LOCKS "/%u-%s", peer, name);
	fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* NULL if there is no offer now, or another receiver is taking it: then @busy is set. */
static struct libxenvchan *take_offer(const struct names *names, uint32_t peer, const char *name,
				      bool *busy)
{
	int lock = lock_name(peer, name);
	struct libxenvchan *vchan = NULL;
	char path[NAMES_PATH];
	int64_t deadline;
	bool offered;

	*busy = lock < 0 && errno == EWOULDBLOCK;
	if (*busy)
		return NULL;
	names_of_peer(names, peer, name, path);
	offered = !names_check_writers(names, peer, path, "ring-ref");
	if (offered)
		vchan = libxenvchan_client_init(NULL, (int)peer, path);
	/* The next receiver must not find this offer. */
	deadline = deadline_in(WITHDRAW_MS);
	while (vchan && offered && ms_until(deadline, 1)) {
		poll(NULL, 0, WITHDRAW_LOOK_MS);
		offered = !names_check_writers(names, peer, path, "ring-ref");
	}
	if (lock >= 0)
		close(lock);
	return vchan;
}

struct channel *channel_connect(uint32_t peer, const char *name, int64_t deadline, int *code)
{
	struct channel *channel = channel_new(peer, name, code);
	bool busy = false;
	uint32_t own;

	if (!channel)
		return NULL;
	own = channel->names.own;
	while (!channel->vchan && !is_interrupted()) {
		channel->vchan = take_offer(&channel->names, peer, name, &busy);
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
	else if (busy)
		*code = fail(EXIT_TIMEOUT, "another receiver is connecting to '%s' of domain %u; "
			     "wait until it has ended", name, peer);
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

	if (done <= 0 && (channel->peer_gone || !libxenvchan_is_open(channel->vchan))) {
		/* The peer may have written between these calls, before it closed. */
		done = libxenvchan_read(channel->vchan, data, size);
		return done > 0 ? done : 0;
	}
	if (done > 0)
		return done;
	errno = done < 0 ? EIO : EAGAIN;
	return -1;
}

static ssize_t channel_write(void *context, const void *data, size_t size)
{
	struct channel *channel = context;
	int done = channel->peer_gone ? -1 : libxenvchan_write(channel->vchan, data, size);

	if (done > 0)
		return done;
	errno = done < 0 ? EPIPE : EAGAIN;
	return -1;
}

const struct xengnttab_dmabuf_stream_ops channel_ops = {
	.size = sizeof(channel_ops),
	.read = channel_read,
	.write = channel_write,
};

bool channel_is_connected(struct channel *channel)
{
	return !channel->peer_gone && libxenvchan_is_open(channel->vchan) == 1;
}

/*
 * A domain that is destroyed does not close its side of the vchan. xenstored forgets the domain,
 * but tells only Dom0 (others get EACCES).
 */
static void look_for_peer(struct channel *channel)
{
	if (ms_until(channel->next_look, 1))
		return;
	channel->next_look = deadline_in(PEER_LOOK_MS);
	errno = 0;
	if (!xs_is_domain_introduced(channel->names.xs, channel->peer) && !errno)
		channel->peer_gone = true;
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
	look_for_peer(channel);
	if (channel->peer_gone)
		return 0;
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
