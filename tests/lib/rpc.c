// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <xenstore.h>

#include "rpc.h"

/* Interval at which a node is read, even if no watch fires. */
#define LOOK_MS	500

#define PATH_MAX_	64

struct rpc {
	struct xs_handle *xs;
	unsigned long number;	/* of the last question */
	char req[PATH_MAX_];
	char rsp[PATH_MAX_];
	char agent[PATH_MAX_];
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int rpc_read_node(struct rpc *rpc, const char *path, char text[RPC_MAX])
{
	unsigned int length;
	char *value;

	value = xs_read(rpc->xs, XBT_NULL, path, &length);
	if (!value)
		return -1;
	if (length >= RPC_MAX)
		length = RPC_MAX - 1;
	memcpy(text, value, length);
	text[length] = '\0';
	free(value);
	return 0;
}

int rpc_write_node(struct rpc *rpc, const char *path, const char *text)
{
	bool done = xs_write(rpc->xs, XBT_NULL, path, text,
			     (unsigned int)strlen(text));

	return done ? 0 : -1;
}

/* Returns when a watch fires or the time is over. The callers need no distinction. */
static void wait_for_watch(struct rpc *rpc, unsigned int ms)
{
	struct pollfd poll_fd = { .fd = xs_fileno(rpc->xs), .events = POLLIN };
	char **event;

	if (poll(&poll_fd, 1, (int)ms) <= 0)
		return;
	while ((event = xs_check_watch(rpc->xs)))
		free(event);
}

static struct rpc *open_paths(const char *base, const char *watched)
{
	struct rpc *rpc;
	char path[PATH_MAX_ + 8];

	rpc = calloc(1, sizeof(*rpc));
	if (!rpc)
		return NULL;
	snprintf(rpc->req, sizeof(rpc->req), "%s/req", base);
	snprintf(rpc->rsp, sizeof(rpc->rsp), "%s/rsp", base);
	snprintf(rpc->agent, sizeof(rpc->agent), "%s/agent", base);
	snprintf(path, sizeof(path), "%s/%s", base, watched);
	rpc->xs = xs_open(0);
	if (!rpc->xs)
		goto err_free;
	/* Makes the pipe that it reports, so that no later call opens descriptors. */
	if (xs_fileno(rpc->xs) < 0)
		goto err_close;
	if (!xs_watch(rpc->xs, path, "rpc"))
		goto err_close;
	return rpc;

err_close:
	xs_close(rpc->xs);
err_free:
	free(rpc);
	return NULL;
}

void rpc_close(struct rpc *rpc)
{
	if (!rpc)
		return;
	xs_close(rpc->xs);
	free(rpc);
}

/* Returns the number in front of the words, or 0 if there is none. */
static unsigned long split_number(char *text, char **words)
{
	unsigned long number;

	number = strtoul(text, words, 10);
	while (**words == ' ')
		(*words)++;
	return number;
}

static unsigned long last_number(struct rpc *rpc)
{
	char text[RPC_MAX], *words;

	if (rpc_read_node(rpc, rpc->req, text))
		return 0;
	return split_number(text, &words);
}

struct rpc *rpc_open(uint32_t domid, unsigned int ms)
{
	uint64_t deadline = now_ms() + ms;
	char base[32], text[RPC_MAX];
	struct rpc *rpc;

	snprintf(base, sizeof(base), "/local/domain/%u/data", domid);
	rpc = open_paths(base, "rsp");
	if (!rpc)
		return NULL;
	while (rpc_read_node(rpc, rpc->agent, text)) {
		if (now_ms() >= deadline) {
			rpc_close(rpc);
			errno = ETIMEDOUT;
			return NULL;
		}
		wait_for_watch(rpc, 50);
	}
	rpc->number = last_number(rpc);
	return rpc;
}

/* Parses "ok ..." or "err <errno> ...". */
static int take_answer(char *words, char answer[RPC_MAX])
{
	char *why;
	int error;

	if (!strncmp(words, "ok", 2)) {
		words += 2;
		while (*words == ' ')
			words++;
		memmove(answer, words, strlen(words) + 1);
		return 0;
	}
	if (strncmp(words, "err ", 4)) {
		errno = EPROTO;
		return -1;
	}
	error = (int)split_number(words + 4, &why);
	memmove(answer, why, strlen(why) + 1);
	errno = error ? error : EPROTO;
	return -1;
}

int rpc_call(struct rpc *rpc, unsigned int ms, char answer[RPC_MAX],
	     const char *fmt, ...)
{
	uint64_t deadline = now_ms() + ms;
	char text[RPC_MAX], *words;
	va_list args;
	int length;

	length = snprintf(text, sizeof(text), "%lu ", ++rpc->number);
	va_start(args, fmt);
	vsnprintf(text + length, sizeof(text) - (size_t)length, fmt, args);
	va_end(args);
	if (rpc_write_node(rpc, rpc->req, text))
		return -1;
	for (;;) {
		if (!rpc_read_node(rpc, rpc->rsp, text) &&
		    split_number(text, &words) == rpc->number)
			return take_answer(words, answer);
		if (now_ms() >= deadline)
			break;
		wait_for_watch(rpc, LOOK_MS);
	}
	snprintf(answer, RPC_MAX, "the guest does not answer");
	errno = ETIMEDOUT;
	return -1;
}

struct rpc *rpc_listen(void)
{
	struct rpc *rpc;

	rpc = open_paths("data", "req");
	if (!rpc)
		return NULL;
	if (!rpc_write_node(rpc, rpc->agent, "listening"))
		return rpc;
	rpc_close(rpc);
	return NULL;
}

int rpc_next(struct rpc *rpc, char question[RPC_MAX])
{
	unsigned long number;
	char *words;

	for (;;) {
		if (rpc_read_node(rpc, rpc->req, question)) {
			/* There is no question yet. A restored domain has new nodes. */
			if (errno != ENOENT || rpc_write_node(rpc, rpc->agent, "listening"))
				return -1;
		} else {
			number = split_number(question, &words);
			if (number != rpc->number)
				break;
		}
		wait_for_watch(rpc, 10 * LOOK_MS);
	}
	rpc->number = number;
	memmove(question, words, strlen(words) + 1);
	return 0;
}

int rpc_answer(struct rpc *rpc, int error, const char *fmt, ...)
{
	char text[RPC_MAX];
	va_list args;
	int length;

	if (error)
		length = snprintf(text, sizeof(text), "%lu err %d ",
				  rpc->number, error);
	else
		length = snprintf(text, sizeof(text), "%lu ok ", rpc->number);
	va_start(args, fmt);
	vsnprintf(text + length, sizeof(text) - (size_t)length, fmt, args);
	va_end(args);
	return rpc_write_node(rpc, rpc->rsp, text);
}
