/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A program of the user's that gets a received dma-buf.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "session.h"

/* The descriptor that the program has. */
#define PROGRAM_FD	3

/*
 * Runs @command by sh(1) with the dma-buf as descriptor 3, and what it holds in XEN_DMABUF_* of its
 * environment, until it ends. Unless standard input is a terminal it is a process group of its own.
 * It gets SIGTERM if the sharer wants the buffer back, which is no failure, or if this process gets
 * a signal, and SIGKILL at a second signal. Returns EXIT_OK, or the exit code after a message.
 */
int program_run(struct session *session, const char *command);

#endif /* PROGRAM_H */
