/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Passes a descriptor to another process over a socket (SCM_RIGHTS). A failure is an error of
 * the case.
 */

#ifndef TESTS_PASS_FD_H
#define TESTS_PASS_FD_H

#include <sys/types.h>

/* Calls fork(). Parent and child get one end of a socket pair each. */
pid_t fork_with_socket(int *socket);

void send_fd(int socket, int fd);
int receive_fd(int socket);

#endif /* TESTS_PASS_FD_H */
