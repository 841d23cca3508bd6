/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The messages of the file PROTOCOL, as bytes and as structures. Nothing here has side effects.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_HEADER_SIZE	16U
#define WIRE_NAME_MAX		63U
#define WIRE_PLANES		4U

enum wire_type {
	WIRE_BUFFER = 1,
	WIRE_DONE = 2,
	WIRE_WITHDRAW = 3,
	WIRE_RELEASED = 4,
};

#define WIRE_FLAG_READONLY	(1U << 0)

/* Size of a BUFFER without its name and references. */
#define WIRE_BUFFER_FIXED	104U

/* Size of the longest BUFFER with so many references. */
#define WIRE_BUFFER_SIZE_MAX(count)	\
	(WIRE_BUFFER_FIXED + WIRE_NAME_MAX + 1U + (uint64_t)(count) * 4U)

/**
 * struct wire_message - one message
 * @type: enum wire_type
 * @number: the buffer
 * @error: RELEASED only. The members below: BUFFER only
 * @flags: WIRE_FLAG_READONLY
 * @count: number of references
 * @refs: the references. Of a decoded message, they are in its bytes
 * @name: with a 0 at its end
 *
 * The other members are as in PROTOCOL.
 */
struct wire_message {
	uint32_t type;
	uint64_t number;
	uint32_t error;
	uint32_t flags;
	uint32_t count;
	uint64_t offset, length;
	uint32_t width, height, fourcc;
	uint64_t modifier;
	uint32_t strides[WIRE_PLANES], offsets[WIRE_PLANES];
	char name[WIRE_NAME_MAX + 1];
	const uint32_t *refs;
};

/*
 * Decodes a header, and stores the size of the message. -1 with errno EPROTO, EPROTONOSUPPORT, or
 * EMSGSIZE if the message is a BUFFER with more references than @max_count.
 */
int wire_decode_header(const uint8_t header[WIRE_HEADER_SIZE], uint32_t max_count,
		       uint32_t *size);

/*
 * Decodes a whole message, whose header has been decoded. @bytes must be aligned to 4; the
 * references in it are converted in place. -1 with errno EPROTO.
 */
int wire_decode(uint8_t *bytes, uint32_t size, struct wire_message *message);

/* Does the message keep the rules? Decoding checks it, and senders of a BUFFER have to. */
bool wire_is_valid(const struct wire_message *message);

/* The size of a valid message, and its bytes, which @bytes has room for. */
uint32_t wire_size(const struct wire_message *message);
void wire_encode(const struct wire_message *message, uint8_t *bytes);

#endif /* WIRE_H */
