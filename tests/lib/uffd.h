/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A page of this process that is not there until the case gives it back (userfaultfd). Who
 * touches it is stuck: a thread, or the kernel in a system call. What fails is an error of
 * the case.
 */

#ifndef TESTS_UFFD_H
#define TESTS_UFFD_H

#include <stdbool.h>

/**
 * struct uffd - the page
 * @fd: its own userfaultfd
 * @page: the page, of private anonymous memory
 * @content: what it gets back
 * @only_writes: it can be read all the time
 */
struct uffd {
	int fd;
	void *page;
	char content[4096];
	bool only_writes;
};

/* Take the page away from everybody, or from those who write. */
void uffd_take(struct uffd *uffd, void *page);
void uffd_take_writes(struct uffd *uffd, void *page);

/* Is somebody stuck? Waits for that for so long. */
bool uffd_is_wanted(struct uffd *uffd, unsigned int ms);

/* Everybody goes on, with the page as it was. */
void uffd_give_back(struct uffd *uffd);

#endif /* TESTS_UFFD_H */
