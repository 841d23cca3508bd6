/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module test-short-reservation: Xen takes or gives fewer frames than the caller wants,
 * because the module reduces the request. Requests of the whole domain count. An unpatched
 * balloon driver crashes the kernel if a decrease is too short.
 */

#ifndef TESTS_SHORT_H
#define TESTS_SHORT_H

/* The module does not interfere. */
#define NOT_SHORT	-1

/* Loads the module; call it early, see when_over(). */
void short_begin(void);

/* Number of frames that the module still lets through; after them, none. */
void short_decrease(int nr);
void short_increase(int nr);

#endif /* TESTS_SHORT_H */
