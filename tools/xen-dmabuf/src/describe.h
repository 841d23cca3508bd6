/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Prints what is known about a buffer of a process, for list and query.
 */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include <stdio.h>

#include "holders.h"

#define DESCRIBE_SIZE	64

/* The name that gntdev gives the dma-buf of an export; else "-". */
void describe_name(const struct held_buffer *buffer, char name[DESCRIBE_SIZE]);

/* An object of JSON, without a line end. What is not known or has no sense is null. */
void describe_json(const struct held_buffer *buffer, FILE *file);

/* A line for each field. */
void describe_lines(const struct held_buffer *buffer, FILE *file);

#endif /* DESCRIBE_H */
