// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "case.h"
#include "restore.h"
#include "short.h"

#define PARAMETERS	"/sys/module/test_short_reservation/parameters/"
#define DECREASE	PARAMETERS "decrease"
#define INCREASE	PARAMETERS "increase"

void short_begin(void)
{
	REQUIRE(!system("modprobe test-short-reservation"));
	short_decrease(NOT_SHORT);
	short_increase(NOT_SHORT);
	keep_file(DECREASE);
	keep_file(INCREASE);
}

void short_decrease(int nr)
{
	write_long(DECREASE, nr);
}

void short_increase(int nr)
{
	write_long(INCREASE, nr);
}
