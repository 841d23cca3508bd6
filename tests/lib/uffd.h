/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A page of this process that is absent until the case restores it (userfaultfd). An access to it
 * blocks the thread, also in a system call. A failure is an error of the case.
 */

#ifndef TESTS_UFFD_H
#define TESTS_UFFD_H

#include <stdbool.h>

/**
 * struct uffd - the page
 * @fd: a userfaultfd for this page only
 * @page: the page, of private anonymous memory
 * @content: the contents to restore
 * @only_writes: only writes block, reads do not
 */
struct uffd {
	int fd;
	void *page;
	char content[4096];
	bool only_writes;
};

/* Block all accesses to the page, or only writes. */
void uffd_take(struct uffd *uffd, void *page);
void uffd_take_writes(struct uffd *uffd, void *page);

/* Waits up to @ms until a thread is blocked. False if there is none. */
bool uffd_is_wanted(struct uffd *uffd, unsigned int ms);

/* Restores the page. All blocked threads continue. */
void uffd_give_back(struct uffd *uffd);

#endif /* TESTS_UFFD_H */
