// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "displd.h"

#define PATH_BYTES	XENSTORE_ABS_PATH_MAX

static char *read_path(const char *fmt, va_list args)
{
	char path[PATH_BYTES];
	unsigned int length;

	if (vsnprintf(path, sizeof(path), fmt, args) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
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

bool store_write(const char *value, const char *fmt, ...)
{
	char path[PATH_BYTES];
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	if (length >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	return xs_write(server.store, XBT_NULL, path, value, (unsigned int)strlen(value));
}
