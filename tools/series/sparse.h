/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read by sparse before every kernel file. Released versions of sparse (0.6.4) lack two things that
 * kernels from 6.15 on use everywhere, and after the first error sparse gives no more warnings.
 * The compiler checks static assertions, and loses nothing here.
 */
#define __typeof_unqual__ __typeof__
#define _Static_assert(...)
