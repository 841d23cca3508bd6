/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sparse reads this file before every kernel file. Released versions of sparse (0.6.4) do not
 * support two features that kernels since 6.15 use everywhere, and sparse gives no warnings after
 * an error.
 * The compiler still checks static assertions.
 */
#define __typeof_unqual__ __typeof__
#define _Static_assert(...)
