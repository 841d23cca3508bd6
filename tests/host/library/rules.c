// SPDX-License-Identifier: GPL-2.0
/*
 * Each rule of PROTOCOL, broken alone, is refused; a message that is cut anywhere is refused; what
 * is encoded is decoded as it was.
 */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "wire.h"

#define REFS		5
#define MAX_COUNT	1000
#define ROUND_TRIPS	20000

static const uint32_t refs[MAX_COUNT] = { 8, 9, 0xffffffff, 0, 77 };

static struct wire_message picture(void)
{
	return (struct wire_message){
		.type = WIRE_BUFFER,
		.number = 0x1122334455667788ULL,
		.flags = WIRE_FLAG_READONLY,
		.count = REFS,
		.offset = 4095,
		.length = REFS * 4096 - 4095,
		.width = 32,
		.height = 16,
		.fourcc = 0x34325258,
		.modifier = 0x0100000000000001ULL,
		.strides = { 128, 64 },
		.offsets = { 2, 2050 },
		.name = "Bild",
		.refs = refs,
	};
}

static int decode_bytes(const uint8_t *bytes, uint32_t size, struct wire_message *message,
			uint8_t **copy)
{
	uint32_t told;

	*copy = NULL;
	if (wire_decode_header(bytes, MAX_COUNT, &told))
		return -1;
	CHECK(told <= WIRE_BUFFER_SIZE_MAX(MAX_COUNT));
	if (told != size) {
		errno = EPROTO;
		return -1;
	}
	/* Exactly as many bytes as there are, for ASan. */
	*copy = malloc(size);
	CHECK(*copy);
	memcpy(*copy, bytes, size);
	return wire_decode(*copy, size, message);
}

static int decode_errno(const uint8_t *bytes, uint32_t size)
{
	struct wire_message message;
	uint8_t *copy;
	int error = 0;

	if (decode_bytes(bytes, size, &message, &copy))
		error = errno;
	free(copy);
	return error;
}

static void check_same(const struct wire_message *a, const struct wire_message *b)
{
	CHECK(a->type == b->type && a->number == b->number && a->error == b->error);
	CHECK(a->flags == b->flags && a->count == b->count);
	CHECK(a->offset == b->offset && a->length == b->length);
	CHECK(a->width == b->width && a->height == b->height);
	CHECK(a->fourcc == b->fourcc && a->modifier == b->modifier);
	CHECK(!memcmp(a->strides, b->strides, sizeof(a->strides)));
	CHECK(!memcmp(a->offsets, b->offsets, sizeof(a->offsets)));
	CHECK(!strcmp(a->name, b->name));
	CHECK(!a->count || !memcmp(a->refs, b->refs, a->count * sizeof(refs[0])));
}

static void check_round_trip(const struct wire_message *message)
{
	uint32_t size = wire_size(message);
	uint8_t *bytes = malloc(size), *copy;
	struct wire_message decoded;

	CHECK(bytes && wire_is_valid(message));
	wire_encode(message, bytes);
	CHECK(!decode_bytes(bytes, size, &decoded, &copy));
	check_same(message, &decoded);
	free(copy);
	free(bytes);
}

static void random_name(char *name)
{
	uint32_t length = random_below(WIRE_NAME_MAX + 1), i;

	for (i = 0; i < length; i++)
		do {
			name[i] = (char)random_64();
		} while ((uint8_t)name[i] < 0x20 || name[i] == 0x7f ||
			 (uint8_t)name[i] == 0xc2);
	name[length] = 0;
}

static void check_round_trips(void)
{
	struct wire_message message;
	uint32_t i;

	for (i = 0; i < ROUND_TRIPS; i++) {
		message = (struct wire_message){
			.type = 1 + random_below(4),
			.number = random_64() | 1,
		};
		if (message.type == WIRE_RELEASED)
			message.error = (uint32_t)random_64();
		if (message.type == WIRE_BUFFER) {
			message = picture();
			message.count = REFS + random_below(MAX_COUNT - REFS + 1);
			message.modifier = random_64();
			random_name(message.name);
		}
		check_round_trip(&message);
	}
}

/* The bytes themselves are what PROTOCOL says. */
static void check_layout(const uint8_t *bytes, uint32_t size)
{
	static const uint8_t start[] = {
		'X', 'G', 'D', 'B', 1, 0, 1, 0, 128, 0, 0, 0, 0, 0, 0, 0,
		0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 1, 0, 0, 0, 5, 0, 0, 0,
		0xff, 0x0f, 0, 0, 0, 0, 0, 0, 0x01, 0x40, 0, 0, 0, 0, 0, 0,
		32, 0, 0, 0, 16, 0, 0, 0, 0x58, 0x52, 0x32, 0x34, 4, 0, 0, 0,
		1, 0, 0, 0, 0, 0, 0, 1,
		128, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		2, 0, 0, 0, 2, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		'B', 'i', 'l', 'd',
		8, 0, 0, 0, 9, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 77, 0, 0, 0,
	};

	CHECK(size == sizeof(start));
	CHECK(!memcmp(bytes, start, size));
}

/* One change to the message of check_layout(), and what it leads to. */
static const struct {
	const char *what;
	uint32_t at;
	uint32_t bytes;
	uint64_t value;
	int error;
} changes[] = {
	{ "nothing", 0, 1, 'X', 0 },
	{ "magic", 0, 1, 'x', EPROTO },
	{ "magic", 3, 1, 'C', EPROTO },
	{ "version", 4, 2, 2, EPROTONOSUPPORT },
	{ "version", 4, 2, 0, EPROTONOSUPPORT },
	{ "type 0", 6, 2, 0, EPROTO },
	{ "type 5", 6, 2, 5, EPROTO },
	{ "type DONE, of another size", 6, 2, WIRE_DONE, EPROTO },
	{ "type WITHDRAW, of another size", 6, 2, WIRE_WITHDRAW, EPROTO },
	{ "type RELEASED, of another size", 6, 2, WIRE_RELEASED, EPROTO },
	{ "size 0", 8, 4, 0, EPROTO },
	{ "size below the fixed part", 8, 4, 104, EPROTO },
	{ "size not of whole references", 8, 4, 127, EPROTO },
	{ "size above the limit", 8, 4, 169 + MAX_COUNT * 4 + 3, EMSGSIZE },
	{ "size above the limit", 8, 4, 0xfffffffc, EMSGSIZE },
	{ "reserved in the header", 12, 4, 1, EPROTO },
	{ "reserved in the header", 12, 4, 1U << 31, EPROTO },
	{ "number 0", 16, 8, 0, EPROTO },
	{ "unknown flag", 24, 4, 2, EPROTO },
	{ "no flag", 24, 4, 0, 0 },
	{ "count 0", 28, 4, 0, EPROTO },
	{ "count less than there are", 28, 4, 4, EPROTO },
	{ "count more than there are", 28, 4, 6, EPROTO },
	{ "count that overflows 32 bits", 28, 4, 0x40000005, EPROTO },
	{ "offset of a page", 32, 8, 4096, EPROTO },
	{ "offset that overflows", 32, 8, ~0ULL, EPROTO },
	{ "length 0", 40, 8, 0, EPROTO },
	{ "length one too long", 40, 8, REFS * 4096 - 4095 + 1, EPROTO },
	{ "length that overflows", 40, 8, ~0ULL, EPROTO },
	{ "length below the first plane", 40, 8, 2 + 128 * 16 - 1, EPROTO },
	{ "length below the second plane", 40, 8, 2050 + 64 - 1, EPROTO },
	{ "length of the picture", 40, 8, 2050 + 64, 0 },
	{ "width 0", 48, 4, 0, EPROTO },
	{ "height 0", 52, 4, 0, EPROTO },
	{ "height beyond the length", 52, 4, 4096, EPROTO },
	{ "height that overflows", 52, 4, 0xffffffff, EPROTO },
	{ "no picture, but a size", 56, 4, 0, EPROTO },
	{ "name longer than it is", 60, 4, 5, EPROTO },
	{ "name shorter, padding not 0", 60, 4, 3, EPROTO },
	{ "no name, more references", 60, 4, 0, EPROTO },
	{ "name above the limit", 60, 4, 64, EPROTO },
	{ "name that overflows", 60, 4, 0xfffffffd, EPROTO },
	{ "stride 0 of the first plane", 72, 4, 0, EPROTO },
	{ "stride that overflows", 72, 4, 0xffffffff, EPROTO },
	{ "no second plane, but an offset", 76, 4, 0, EPROTO },
	{ "a fourth plane without a third", 84, 4, 64, EPROTO },
	{ "offset that overflows", 88, 4, 0xffffffff, EPROTO },
	{ "offset of the second plane at the end", 92, 4, REFS * 4096 - 4095 - 64, 0 },
	{ "offset of the second plane beyond it", 92, 4, REFS * 4096 - 4095 - 63, EPROTO },
	{ "offset of a plane that is not there", 100, 4, 1, EPROTO },
	{ "a 0 in the name", 105, 1, 0, EPROTO },
	{ "a 0 at the end of the name", 107, 1, 0, EPROTO },
	{ "a new line in the name", 106, 1, '\n', EPROTO },
	{ "an escape in the name", 104, 1, 0x1b, EPROTO },
	{ "a delete in the name", 107, 1, 0x7f, EPROTO },
	{ "an 8-bit escape in the name", 105, 2, 0x9bc2, EPROTO },
	{ "a letter in UTF-8 in the name", 105, 2, 0xa4c3, 0 },
	{ "half a letter at the end of the name", 107, 1, 0xc2, 0 },
	{ "a reference", 116, 4, 0x12345678, 0 },
};

static void check_changes(const uint8_t *good, uint32_t size)
{
	uint8_t bytes[256];
	uint32_t i, k;
	int error;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		memcpy(bytes, good, size);
		for (k = 0; k < changes[i].bytes; k++)
			bytes[changes[i].at + k] = (uint8_t)(changes[i].value >> 8 * k);
		error = decode_errno(bytes, size);
		if (error != changes[i].error)
			fprintf(stderr, "%s: errno %d, expected %d\n", changes[i].what, error,
				changes[i].error);
		CHECK(error == changes[i].error);
	}
}

/* The size that a cut message tells is made to match as well. */
static void check_cuts(const uint8_t *good, uint32_t size)
{
	uint8_t bytes[256];
	uint32_t cut;

	for (cut = WIRE_HEADER_SIZE; cut < size; cut++) {
		memcpy(bytes, good, size);
		CHECK(decode_errno(bytes, cut) == EPROTO);
		bytes[8] = (uint8_t)cut;
		CHECK(decode_errno(bytes, cut) == EPROTO);
	}
}

static void check_short_ones(void)
{
	struct wire_message message = { .type = WIRE_RELEASED, .number = 3, .error = 5 };
	uint8_t bytes[32];

	wire_encode(&message, bytes);
	CHECK(decode_errno(bytes, 32) == 0);
	bytes[28] = 1;
	CHECK(decode_errno(bytes, 32) == EPROTO);
	bytes[28] = 0;
	bytes[16] = 0;
	CHECK(decode_errno(bytes, 32) == EPROTO);
	message.type = WIRE_DONE;
	wire_encode(&message, bytes);
	CHECK(decode_errno(bytes, 24) == 0);
	bytes[8] = 28;
	CHECK(decode_errno(bytes, 28) == EPROTO);
}

int main(void)
{
	struct wire_message message = picture();
	uint32_t size = wire_size(&message);
	uint8_t bytes[256];

	wire_encode(&message, bytes);
	check_layout(bytes, size);
	check_changes(bytes, size);
	check_cuts(bytes, size);
	check_short_ones();
	check_round_trip(&message);
	check_round_trips();
	memset(message.name, 'x', sizeof(message.name));
	CHECK(!wire_is_valid(&message));
	printf("%zu changes, %u cuts, %u round trips\n", sizeof(changes) / sizeof(changes[0]),
	       size - WIRE_HEADER_SIZE, ROUND_TRIPS);
	return 0;
}
