/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Questions and answers between Dom0 and a program in a guest, over xenstore.
 *
 *   /local/domain/<id>/data/req   "<number> <words of the question>"
 *   /local/domain/<id>/data/rsp   "<number> ok <words>", "<number> err <errno> <why>"
 *
 * Dom0 asks, the guest answers, one question at a time. An answer belongs to the
 * question with its number, so one that comes after Dom0 has given up on it does
 * no harm. /local/domain/<id>/data/agent appears when the guest listens.
 */

#ifndef TESTS_RPC_H
#define TESTS_RPC_H

#include <stddef.h>
#include <stdint.h>

#define RPC_MAX		2048

struct rpc;

/* In Dom0. Waits until the guest listens; NULL, errno ETIMEDOUT if it does not. */
struct rpc *rpc_open(uint32_t domid, unsigned int ms);

/*
 * Ask, and give the words after "ok" in @answer. -1 with errno: ETIMEDOUT without
 * an answer, else what the guest answered (then @answer says why).
 */
int rpc_call(struct rpc *rpc, unsigned int ms, char answer[RPC_MAX],
	     const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* In the guest. */
struct rpc *rpc_listen(void);

/* The next question's words in @question; blocks. -1: xenstore is gone. */
int rpc_next(struct rpc *rpc, char question[RPC_MAX]);

/* @error: 0 or an errno. */
int rpc_answer(struct rpc *rpc, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void rpc_close(struct rpc *rpc);

/* A node of xenstore. read: 0, or -1 with ENOENT if there is none. */
int rpc_read_node(struct rpc *rpc, const char *path, char text[RPC_MAX]);
int rpc_write_node(struct rpc *rpc, const char *path, const char *text);

#endif /* TESTS_RPC_H */
