// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxenvchan.h>
#include <xenstore.h>

#include "channel.h"
#include "command.h"

/* So long at most until a lost event or a signal is noticed. */
#define LOOK_MS		200

#define PATH_SIZE	192
/* A ring with room for most messages of references at once. */
#define RING_SIZE	32768

/**
 * struct channel - one side of a vchan
 * @vchan: the vchan; it does not block
 * @xs: xenstore; the sharer's only
 * @path: the node of the offer; empty after it was removed
 */
struct channel {
	struct libxenvchan *vchan;
	struct xs_handle *xs;
	char path[PATH_SIZE];
};

int channel_check_name(const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("-_", name[i]))
			break;
	if (i && !name[i] && i <= CHANNEL_NAME_MAX)
		return 0;
	errno = EINVAL;
	return -1;
}

/* Prints a message if it returns false. */
static bool own_domid(struct xs_handle *xs, uint32_t *domid)
{
	char *text = xs_read(xs, XBT_NULL, "domid", NULL);
	bool good = text && parse_domid(text, domid);

	free(text);
	if (!good)
		fail(EXIT_FAILED, "xenstore does not tell this domain's id; start xen-init-dom0 if "
		     "this is Dom0");
	return good;
}

/* The process that made the offer: its id and when it began, since ids are used again. */
static void process_name(long pid, char name[64])
{
	unsigned long long start = 0;
	char path[32], text[1024];
	const char *end;
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	file = fopen(path, "r");
	if (file) {
		length = fread(text, 1, sizeof(text) - 1, file);
		text[length] = '\0';
		/* The name of the program can have blanks and brackets. */
		end = strrchr(text, ')');
		if (end)
			sscanf(end, ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			       "%*s %*s %*s %*s %llu", &start);
		fclose(file);
	}
	snprintf(name, 64, "%ld %llu", pid, start);
}

/* Does a process that lives offer this? */
static bool is_offered(struct xs_handle *xs, xs_transaction_t transaction, const char *path)
{
	char node[PATH_SIZE + 16], name[64], *owner;
	bool lives;

	snprintf(node, sizeof(node), "%s/owner", path);
	owner = xs_read(xs, transaction, node, NULL);
	if (!owner)
		return false;
	process_name(strtol(owner, NULL, 10), name);
	lives = !strcmp(owner, name);
	free(owner);
	return lives;
}

/* Returns 0 or an errno. */
static int write_owner(struct xs_handle *xs, xs_transaction_t transaction, const char *path)
{
	char node[PATH_SIZE + 16], name[64];

	if (is_offered(xs, transaction, path))
		return EEXIST;
	process_name(getpid(), name);
	snprintf(node, sizeof(node), "%s/owner", path);
	xs_rm(xs, transaction, path);
	return xs_write(xs, transaction, node, name, (unsigned int)strlen(name)) ? 0 : errno;
}

/* In a transaction, so that one of two processes gets the name. */
static int claim(struct xs_handle *xs, const char *path)
{
	xs_transaction_t transaction;
	int error;

	do {
		transaction = xs_transaction_start(xs);
		if (transaction == XBT_NULL)
			return -1;
		error = write_owner(xs, transaction, path);
		if (!xs_transaction_end(xs, transaction, error) && !error)
			error = errno;
	} while (error == EAGAIN);
	errno = error;
	return error ? -1 : 0;
}

static void withdraw_offer(struct channel *channel)
{
	if (channel->path[0])
		xs_rm(channel->xs, XBT_NULL, channel->path);
	channel->path[0] = '\0';
}

/* Also tells this domain's id. Returns NULL after a message. */
static struct channel *channel_new(uint32_t *own)
{
	struct channel *channel = calloc(1, sizeof(*channel));

	if (channel)
		channel->xs = xs_open(0);
	if (!channel || !channel->xs) {
		fail(EXIT_FAILED, "cannot reach xenstore (%s); run it as root in a Xen domain, "
		     "where /dev/xen/xenbus or the socket of xenstored is", strerror(errno));
		free(channel);
		return NULL;
	}
	if (own_domid(channel->xs, own))
		return channel;
	channel_close(channel);
	return NULL;
}

struct channel *channel_serve(uint32_t peer, const char *name)
{
	char path[PATH_SIZE];
	uint32_t own;
	struct channel *channel = channel_new(&own);

	if (!channel)
		return NULL;
	if (own == peer) {
		fail(EXIT_USAGE, "domain %u is this domain; name another one", peer);
		goto err_close;
	}
	snprintf(path, sizeof(path), "/local/domain/%u/data/xen-dmabuf/%u/%s", own, peer, name);
	if (claim(channel->xs, path)) {
		if (errno == EEXIST)
			fail(EXIT_FAILED, "another process shares '%s' with domain %u; choose "
			     "another --name", name, peer);
		else
			fail(EXIT_FAILED, "cannot write %s in xenstore (%s); check that this "
			     "domain may write there", path, strerror(errno));
		goto err_close;
	}
	strcpy(channel->path, path);
	channel->vchan = libxenvchan_server_init(NULL, (int)peer, path, 0, RING_SIZE);
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
	char path[PATH_SIZE];
	uint32_t own;
	struct channel *channel = channel_new(&own);

	*code = EXIT_FAILED;
	if (!channel)
		return NULL;
	snprintf(path, sizeof(path), "/local/domain/%u/data/xen-dmabuf/%u/%s", peer, own, name);
	while (!channel->vchan && !is_interrupted()) {
		channel->vchan = libxenvchan_client_init(NULL, (int)peer, path);
		if (channel->vchan || !ms_until(deadline, 1))
			break;
		poll(NULL, 0, ms_until(deadline, LOOK_MS));
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
	withdraw_offer(channel);
	if (channel->vchan)
		libxenvchan_close(channel->vchan);
	xs_close(channel->xs);
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

int channel_wait(struct channel *channel, int64_t deadline)
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
	if (poll(&pollfd, 1, ms_until(deadline, LOOK_MS)) == 1)
		libxenvchan_wait(channel->vchan);
	/* 2: nothing has connected yet. */
	if (libxenvchan_is_open(channel->vchan) == 1)
		withdraw_offer(channel);
	return 0;
}
