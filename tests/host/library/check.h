/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks and random numbers of the programs in this directory.
 */
#ifndef HOST_LIBRARY_CHECK_H
#define HOST_LIBRARY_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(expr)								\
	do {									\
		if (!(expr)) {							\
			fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__,	\
				__LINE__, #expr);				\
			exit(1);						\
		}								\
	} while (0)

/* The same numbers in each run. */
uint64_t random_64(void);

/* 0 to limit - 1. */
static inline uint32_t random_below(uint32_t limit)
{
	return (uint32_t)(random_64() >> 16) % limit;
}

static inline int one_in(uint32_t times)
{
	return !random_below(times);
}

#endif /* HOST_LIBRARY_CHECK_H */
