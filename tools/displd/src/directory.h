/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pages of a guest that list the references of a buffer (struct xendispl_page_directory). Each
 * is mapped only while it is read or written. The functions return 0 or a negative errno.
 */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include <stdint.h>

/* @first: the reference of the first page of the list. EINVAL: it cannot be mapped, or it ends. */
int directory_read(uint32_t domid, uint32_t first, uint32_t *refs, uint32_t count);
int directory_write(uint32_t domid, uint32_t first, const uint32_t *refs, uint32_t count);

#endif /* DIRECTORY_H */
