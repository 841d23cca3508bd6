/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One allocation of a call fails, by the kernel's fault injection. Only the debug kernel has it.
 */

#ifndef TESTS_FAIL_NTH_H
#define TESTS_FAIL_NTH_H

#include <stdbool.h>

/* Skips the case if the kernel cannot do it. */
void fail_nth_begin(void);

/*
 * Makes the call with its allocation number @n failing, from 1 on. Returns whether there was such
 * an allocation. @err is 0, or the errno if the call returned -1.
 */
bool fail_nth(unsigned int n, int (*call)(void), int *err);

#endif /* TESTS_FAIL_NTH_H */
