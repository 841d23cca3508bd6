// SPDX-License-Identifier: GPL-2.0
/*
 * Asks the guest's agent one question. For scripts in Dom0:
 *
 *   agentctl DOMID MILLISECONDS WORD...
 *
 * Prints the answer. Exit status: 0 answered, 1 refused, 2 no answer.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/rpc.h"

static void join_words(char *text, size_t size, char **words)
{
	size_t length = 0;

	for (; *words && length < size; words++)
		length += (size_t)snprintf(text + length, size - length, "%s%s",
					   length ? " " : "", *words);
}

int main(int argc, char **argv)
{
	char question[RPC_MAX / 2], answer[RPC_MAX] = "";
	struct rpc *rpc;
	unsigned int ms;

	if (argc < 4) {
		fprintf(stderr, "usage: agentctl DOMID MILLISECONDS WORD...\n");
		return 2;
	}
	ms = (unsigned int)strtoul(argv[2], NULL, 10);
	join_words(question, sizeof(question), argv + 3);
	rpc = rpc_open((uint32_t)strtoul(argv[1], NULL, 10), ms);
	if (!rpc) {
		fprintf(stderr, "no agent in domain %s: %s\n", argv[1],
			strerror(errno));
		return 2;
	}
	if (rpc_call(rpc, ms, answer, "%s", question)) {
		fprintf(stderr, "%s\n", answer);
		return errno == ETIMEDOUT ? 2 : 1;
	}
	puts(answer);
	return 0;
}
