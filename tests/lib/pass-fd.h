/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A descriptor on its way to another process, over a socket (SCM_RIGHTS). What fails is an
 * error of the case.
 */

#ifndef TESTS_PASS_FD_H
#define TESTS_PASS_FD_H

#include <sys/types.h>

/* fork(); each of the two gets its end of a socket. */
pid_t fork_with_socket(int *socket);

void send_fd(int socket, int fd);
int receive_fd(int socket);

#endif /* TESTS_PASS_FD_H */
