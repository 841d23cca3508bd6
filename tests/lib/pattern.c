// SPDX-License-Identifier: GPL-2.0
#include "pattern.h"

#define FNV1A_PRIME	0x100000001b3ULL

/* The final step of splitmix64: it is bijective, and each input bit affects all output bits. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

uint64_t pattern_word(uint64_t seed, uint64_t page, unsigned int word)
{
	return mix(mix(seed) + page * PATTERN_WORDS + word);
}

void pattern_fill(void *page_memory, uint64_t seed, uint64_t page)
{
	volatile uint64_t *words = page_memory;
	unsigned int i;

	for (i = 0; i < PATTERN_WORDS; i++)
		words[i] = pattern_word(seed, page, i);
}

int pattern_check(const void *page_memory, uint64_t seed, uint64_t page)
{
	const volatile uint64_t *words = page_memory;
	unsigned int i;

	for (i = 0; i < PATTERN_WORDS; i++)
		if (words[i] != pattern_word(seed, page, i))
			return (int)i;
	return -1;
}

uint64_t fnv1a(uint64_t hash, const void *memory, size_t size)
{
	const volatile uint8_t *bytes = memory;
	size_t i;

	for (i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * FNV1A_PRIME;
	return hash;
}
