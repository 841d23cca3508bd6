/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a case changes for the whole system is put back, however the case ends: a
 * process of its own waits for that, which not even the case's time limit kills.
 */

#ifndef TESTS_RESTORE_H
#define TESTS_RESTORE_H

/*
 * Have @restore called, in that other process, when this one is over. The other one
 * has none of the descriptors of this one; but it has its mappings, so call this before
 * there are any that matter.
 */
void when_over(void (*restore)(void *argument), void *argument);

/* When this process is over the file gets back what it holds now. */
void keep_file(const char *path);

/* One line, of a file of sysfs. Ends the case if it is refused. */
void write_long(const char *path, long value);

#endif /* TESTS_RESTORE_H */
