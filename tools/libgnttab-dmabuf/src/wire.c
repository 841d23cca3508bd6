// SPDX-License-Identifier: LGPL-2.1-only
/*
 * The messages of the file PROTOCOL.
 */
#include <errno.h>
#include <string.h>

#include "wire.h"

#define PAGE_SIZE	4096ULL
#define VERSION		1U

#define STRIDES_AT	72U
#define OFFSETS_AT	88U
#define NUMBER_SIZE	24U
#define RELEASED_SIZE	32U

static const uint8_t magic[4] = { 'X', 'G', 'D', 'B' };

static int fail(int error)
{
	errno = error;
	return -1;
}

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static uint32_t get32(const uint8_t *at)
{
	return get16(at) | get16(at + 2) << 16;
}

static uint64_t get64(const uint8_t *at)
{
	return get32(at) | (uint64_t)get32(at + 4) << 32;
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value & 0xffff);
	put16(at + 2, value >> 16);
}

static void put64(uint8_t *at, uint64_t value)
{
	put32(at, (uint32_t)value);
	put32(at + 4, (uint32_t)(value >> 32));
}

static uint32_t padded(uint32_t length)
{
	return (length + 3) & ~3U;
}

/* Checks the size as far as the type alone tells it. */
static int check_size(uint32_t type, uint32_t size, uint32_t max_count)
{
	switch (type) {
	case WIRE_BUFFER:
		if (size < WIRE_BUFFER_FIXED + 4 || size % 4)
			return fail(EPROTO);
		return size > WIRE_BUFFER_SIZE_MAX(max_count) ? fail(EMSGSIZE) : 0;
	case WIRE_DONE:
	case WIRE_WITHDRAW:
		return size == NUMBER_SIZE ? 0 : fail(EPROTO);
	case WIRE_RELEASED:
		return size == RELEASED_SIZE ? 0 : fail(EPROTO);
	default:
		return fail(EPROTO);
	}
}

int wire_decode_header(const uint8_t header[WIRE_HEADER_SIZE], uint32_t max_count,
		       uint32_t *size)
{
	if (memcmp(header, magic, sizeof(magic)))
		return fail(EPROTO);
	if (get16(header + 4) != VERSION)
		return fail(EPROTONOSUPPORT);
	if (get32(header + 12))
		return fail(EPROTO);
	*size = get32(header + 8);
	return check_size(get16(header + 6), *size, max_count);
}

/* Terminals also obey the control characters U+0080 to U+009F, in UTF-8 c2 80 to c2 9f. */
static bool is_text(const char *name)
{
	const uint8_t *at = (const uint8_t *)name;

	for (; *at; at++)
		if (*at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0))
			return false;
	return true;
}

/* How many lines the planes after the first one have depends on the format. */
static bool are_planes_valid(const struct wire_message *message)
{
	uint64_t lines = message->height;
	uint32_t i;

	for (i = 0; i < WIRE_PLANES && message->strides[i]; i++) {
		if (message->offsets[i] + message->strides[i] * lines > message->length)
			return false;
		lines = 1;
	}
	if (!i)
		return false;
	for (; i < WIRE_PLANES; i++)
		if (message->strides[i] || message->offsets[i])
			return false;
	return true;
}

static bool is_picture_valid(const struct wire_message *message)
{
	static const uint32_t none[WIRE_PLANES];

	if (!message->fourcc)
		return !message->width && !message->height && !message->modifier &&
		       !memcmp(message->strides, none, sizeof(none)) &&
		       !memcmp(message->offsets, none, sizeof(none));
	return message->width && message->height && are_planes_valid(message);
}

static bool is_buffer_valid(const struct wire_message *message)
{
	uint64_t bytes = message->count * PAGE_SIZE;

	return message->count && !(message->flags & ~WIRE_FLAG_READONLY) &&
	       message->offset < PAGE_SIZE && message->length &&
	       message->length <= bytes - message->offset && is_picture_valid(message) &&
	       memchr(message->name, 0, sizeof(message->name)) && is_text(message->name);
}

bool wire_is_valid(const struct wire_message *message)
{
	return message->number && (message->type != WIRE_BUFFER || is_buffer_valid(message));
}

/* A name is shorter than it is said to be if there is a 0 in it; that is a control character. */
static int decode_name(const uint8_t *bytes, uint32_t length, struct wire_message *message)
{
	uint32_t i;

	memcpy(message->name, bytes, length);
	message->name[length] = 0;
	if (strlen(message->name) != length)
		return fail(EPROTO);
	for (i = length; i < padded(length); i++)
		if (bytes[i])
			return fail(EPROTO);
	return 0;
}

static void decode_refs(uint8_t *bytes, struct wire_message *message)
{
	uint32_t i, ref;

	for (i = 0; i < message->count; i++) {
		ref = get32(bytes + i * 4UL);
		memcpy(bytes + i * 4UL, &ref, sizeof(ref));
	}
	message->refs = (const uint32_t *)(const void *)bytes;
}

static int decode_buffer(uint8_t *bytes, uint32_t size, struct wire_message *message)
{
	uint32_t length = get32(bytes + 60), i;

	message->flags = get32(bytes + 24);
	message->count = get32(bytes + 28);
	message->offset = get64(bytes + 32);
	message->length = get64(bytes + 40);
	message->width = get32(bytes + 48);
	message->height = get32(bytes + 52);
	message->fourcc = get32(bytes + 56);
	message->modifier = get64(bytes + 64);
	for (i = 0; i < WIRE_PLANES; i++) {
		message->strides[i] = get32(bytes + STRIDES_AT + i * 4);
		message->offsets[i] = get32(bytes + OFFSETS_AT + i * 4);
	}
	if (length > WIRE_NAME_MAX)
		return fail(EPROTO);
	if ((uint64_t)WIRE_BUFFER_FIXED + padded(length) + message->count * 4ULL != size)
		return fail(EPROTO);
	if (decode_name(bytes + WIRE_BUFFER_FIXED, length, message))
		return -1;
	decode_refs(bytes + WIRE_BUFFER_FIXED + padded(length), message);
	return 0;
}

int wire_decode(uint8_t *bytes, uint32_t size, struct wire_message *message)
{
	memset(message, 0, sizeof(*message));
	message->type = get16(bytes + 6);
	message->number = get64(bytes + 16);
	if (message->type == WIRE_BUFFER && decode_buffer(bytes, size, message))
		return -1;
	if (message->type == WIRE_RELEASED) {
		message->error = get32(bytes + 24);
		if (get32(bytes + 28))
			return fail(EPROTO);
	}
	return wire_is_valid(message) ? 0 : fail(EPROTO);
}

uint32_t wire_size(const struct wire_message *message)
{
	switch (message->type) {
	case WIRE_BUFFER:
		return WIRE_BUFFER_FIXED + padded((uint32_t)strlen(message->name)) + message->count * 4;
	case WIRE_RELEASED:
		return RELEASED_SIZE;
	default:
		return NUMBER_SIZE;
	}
}

static void encode_buffer(const struct wire_message *message, uint8_t *bytes)
{
	uint32_t length = (uint32_t)strlen(message->name), i;
	uint8_t *refs = bytes + WIRE_BUFFER_FIXED + padded(length);

	put32(bytes + 24, message->flags);
	put32(bytes + 28, message->count);
	put64(bytes + 32, message->offset);
	put64(bytes + 40, message->length);
	put32(bytes + 48, message->width);
	put32(bytes + 52, message->height);
	put32(bytes + 56, message->fourcc);
	put32(bytes + 60, length);
	put64(bytes + 64, message->modifier);
	for (i = 0; i < WIRE_PLANES; i++) {
		put32(bytes + STRIDES_AT + i * 4, message->strides[i]);
		put32(bytes + OFFSETS_AT + i * 4, message->offsets[i]);
	}
	memset(bytes + WIRE_BUFFER_FIXED, 0, padded(length));
	memcpy(bytes + WIRE_BUFFER_FIXED, message->name, length);
	for (i = 0; i < message->count; i++)
		put32(refs + i * 4UL, message->refs[i]);
}

void wire_encode(const struct wire_message *message, uint8_t *bytes)
{
	memcpy(bytes, magic, sizeof(magic));
	put16(bytes + 4, VERSION);
	put16(bytes + 6, message->type);
	put32(bytes + 8, wire_size(message));
	put32(bytes + 12, 0);
	put64(bytes + 16, message->number);
	if (message->type == WIRE_BUFFER)
		encode_buffer(message, bytes);
	if (message->type == WIRE_RELEASED) {
		put32(bytes + 24, message->error);
		put32(bytes + 28, 0);
	}
}
