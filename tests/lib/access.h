/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Accesses to memory that may raise SIGSEGV or SIGBUS. Everywhere else, these signals still
 * terminate the process. Any number of threads may call these functions.
 */

#ifndef TESTS_ACCESS_H
#define TESTS_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Reads a byte. Returns the signal that this raises, or 0. */
int fault_of_read(const void *address);

/* The same for a write, which does not change the byte. */
int fault_of_write(void *address);

/* Access the word at an address. False if that raises SIGBUS. */
bool try_read(const void *address, uint64_t *value);
bool try_write(void *address, uint64_t value);

/* Fails the case unless reading and writing raise SIGBUS on each of the pages. */
void expect_sigbus(void *memory, uint32_t count);

/* The same for reads only, for memory that is mapped without PROT_WRITE. */
void expect_sigbus_reading(const void *memory, uint32_t count);

/* Returns the end of an accessible page; the next page is inaccessible. A failure ends the case. */
char *page_edge(void);

#endif /* TESTS_ACCESS_H */
