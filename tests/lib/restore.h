/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Restores system-wide changes of a case, however the case ends. A separate process waits for the
 * end of the case. The time limit of the case does not kill it.
 */

#ifndef TESTS_RESTORE_H
#define TESTS_RESTORE_H

/*
 * Calls @restore in that other process when this process has ended. The other process closes all
 * descriptors but keeps the mappings, so call this before the case makes mappings that matter.
 */
void when_over(void (*restore)(void *argument), void *argument);

/* Restores the present contents of the file when this process has ended. */
void keep_file(const char *path);

/* Writes a line to a file of sysfs. Ends the case if that fails. */
void write_long(const char *path, long value);

#endif /* TESTS_RESTORE_H */
