/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Questions and answers between Dom0 and a program in a guest, over xenstore.
 *
 *   /local/domain/<id>/data/req   "<number> <words of the question>"
 *   /local/domain/<id>/data/rsp   "<number> ok <words>", "<number> err <errno> <why>"
 *
 * Dom0 asks and the guest answers, one question at a time. An answer has the number of its
 * question, so an answer that comes after the time-out does no harm. The node
 * /local/domain/<id>/data/agent appears when the guest listens.
 */

#ifndef TESTS_RPC_H
#define TESTS_RPC_H

#include <stddef.h>
#include <stdint.h>

#define RPC_MAX		2048

struct rpc;

/* For Dom0. Waits until the guest listens. NULL with errno ETIMEDOUT if it does not. */
struct rpc *rpc_open(uint32_t domid, unsigned int ms);

/*
 * Asks, and returns the words after "ok" in @answer. On failure returns -1 with errno set to
 * ETIMEDOUT, or to the errno in the answer; then @answer has the reason.
 */
int rpc_call(struct rpc *rpc, unsigned int ms, char answer[RPC_MAX],
	     const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* For the guest. */
struct rpc *rpc_listen(void);

/* Waits for the next question and stores its words in @question. -1 if xenstore is gone. */
int rpc_next(struct rpc *rpc, char question[RPC_MAX]);

/* @error: 0 or an errno. */
int rpc_answer(struct rpc *rpc, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void rpc_close(struct rpc *rpc);

/* Access a node of xenstore. Reading returns -1 with errno ENOENT if there is none. */
int rpc_read_node(struct rpc *rpc, const char *path, char text[RPC_MAX]);
int rpc_write_node(struct rpc *rpc, const char *path, const char *text);

#endif /* TESTS_RPC_H */
