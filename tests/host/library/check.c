// SPDX-License-Identifier: GPL-2.0
#include "check.h"

uint64_t random_64(void)
{
	static uint64_t state = 0x2545f4914f6cdd1dULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x9e3779b97f4a7c15ULL;
}
