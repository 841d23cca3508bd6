/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Patterns to fill memory with, and a hash. Every 64-bit word of every page of every pattern is
 * different, so a check finds a page at the wrong place, an old page and a page of another
 * buffer.
 */

#ifndef TESTS_PATTERN_H
#define TESTS_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#define PATTERN_WORDS	(4096 / sizeof(uint64_t))

uint64_t pattern_word(uint64_t seed, uint64_t page, unsigned int word);
void pattern_fill(void *page_memory, uint64_t seed, uint64_t page);

/* Returns the index of the first word that differs, or -1. */
int pattern_check(const void *page_memory, uint64_t seed, uint64_t page);

/* FNV-1a, 64 bits. To hash memory in pieces, pass the result of the previous piece. */
#define FNV1A_START	0xcbf29ce484222325ULL
uint64_t fnv1a(uint64_t hash, const void *memory, size_t size);

#endif /* TESTS_PATTERN_H */
