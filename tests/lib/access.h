/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Accesses to memory that may raise SIGSEGV or SIGBUS. Anywhere else, these end the process
 * as ever. For any number of threads.
 */

#ifndef TESTS_ACCESS_H
#define TESTS_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

/* The signal that reading a byte raises, or 0. */
int fault_of_read(const void *address);

/* The same of a write, which leaves the byte as it is. */
int fault_of_write(void *address);

/* The word at an address; or not, as that raises SIGBUS. */
bool try_read(const void *address, uint64_t *value);
bool try_write(void *address, uint64_t value);

/* Reading each of the pages raises SIGBUS, and so does writing. Fails the case if not. */
void expect_sigbus(void *memory, uint32_t count);

/* The same for what is mapped without PROT_WRITE. */
void expect_sigbus_reading(const void *memory, uint32_t count);

#endif /* TESTS_ACCESS_H */
