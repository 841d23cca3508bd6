// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "displd.h"

#define PATH_BYTES	XENSTORE_ABS_PATH_MAX
/* A transaction fails if another one has changed a node that it has read. */
#define MAX_TRIES	10U

/* False with errno set. */
static bool make_path(char path[PATH_BYTES], const char *fmt, va_list args)
{
	if (vsnprintf(path, PATH_BYTES, fmt, args) < (int)PATH_BYTES)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

static char *read_path(const char *fmt, va_list args)
{
	char path[PATH_BYTES];
	unsigned int length;

	if (!make_path(path, fmt, args))
		return NULL;
	return xs_read(server.store, XBT_NULL, path, &length);
}

char *store_read(const char *fmt, ...)
{
	va_list args;
	char *value;

	va_start(args, fmt);
	value = read_path(fmt, args);
	va_end(args);
	return value;
}

uint32_t store_number(uint32_t otherwise, const char *fmt, ...)
{
	uint32_t number = otherwise;
	unsigned long parsed;
	va_list args;
	char *value, *end;

	va_start(args, fmt);
	value = read_path(fmt, args);
	va_end(args);
	if (!value)
		return otherwise;
	errno = 0;
	parsed = strtoul(value, &end, 10);
	if (isdigit((unsigned char)*value) && !*end && !errno && parsed <= UINT32_MAX)
		number = (uint32_t)parsed;
	free(value);
	return number;
}

uint32_t store_owner(uint32_t otherwise, const char *fmt, ...)
{
	struct xs_permissions *permissions;
	uint32_t owner = otherwise;
	char path[PATH_BYTES];
	unsigned int number;
	va_list args;
	bool made;

	va_start(args, fmt);
	made = make_path(path, fmt, args);
	va_end(args);
	if (!made)
		return otherwise;
	permissions = xs_get_permissions(server.store, XBT_NULL, path, &number);
	if (permissions && number)
		owner = permissions[0].id;
	free(permissions);
	return owner;
}

static bool write_beside(const char *value, const char *path, const char *beside)
{
	xs_transaction_t transaction = xs_transaction_start(server.store);
	unsigned int length;
	bool written;
	char *found;

	if (!transaction)
		return false;
	found = xs_read(server.store, transaction, beside, &length);
	written = found && xs_write(server.store, transaction, path, value,
				    (unsigned int)strlen(value));
	free(found);
	return xs_transaction_end(server.store, transaction, !written);
}

void store_write_beside(const char *value, const char *directory, const char *node,
			const char *beside)
{
	char path[PATH_BYTES], other[PATH_BYTES];
	unsigned int tries = MAX_TRIES;

	if (snprintf(path, sizeof(path), "%s/%s", directory, node) >= (int)sizeof(path) ||
	    snprintf(other, sizeof(other), "%s/%s", directory, beside) >= (int)sizeof(other))
		return;
	while (!write_beside(value, path, other) && errno == EAGAIN && --tries)
		;
}

bool store_write(const char *value, const char *fmt, ...)
{
	char path[PATH_BYTES];
	va_list args;
	bool made;

	va_start(args, fmt);
	made = make_path(path, fmt, args);
	va_end(args);
	return made && xs_write(server.store, XBT_NULL, path, value, (unsigned int)strlen(value));
}
