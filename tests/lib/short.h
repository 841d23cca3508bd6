/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module test-short-reservation: Xen takes or gives fewer frames than it is asked
 * to, because it is asked for fewer. Whatever else the domain asks for counts as well:
 * an unpatched balloon driver does not survive a decrease that is too short.
 */

#ifndef TESTS_SHORT_H
#define TESTS_SHORT_H

/* Not in the way. */
#define NOT_SHORT	-1

/* Loads the module; call it early, see when_over(). */
void short_begin(void);

/* Frames that are still let through, and then none. */
void short_decrease(int nr);
void short_increase(int nr);

#endif /* TESTS_SHORT_H */
