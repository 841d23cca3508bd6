// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "access.h"
#include "case.h"

typedef void access_fn(void *at, uint64_t *value);

static __thread sigjmp_buf back;
static __thread volatile sig_atomic_t expected;

static void on_fault(int number)
{
	if (expected)
		siglongjmp(back, number);
	/* After the return, the access is repeated and terminates the process. */
	signal(number, SIG_DFL);
}

static void catch_faults(void)
{
	struct sigaction action = { .sa_handler = on_fault };

	REQUIRE(!sigaction(SIGSEGV, &action, NULL));
	REQUIRE(!sigaction(SIGBUS, &action, NULL));
}

static int fault_of(access_fn *access, const void *address, uint64_t *value)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int number;

	REQUIRE(!pthread_once(&once, catch_faults));
	expected = 1;
	number = sigsetjmp(back, 1);
	if (!number)
		access((void *)address, value);
	expected = 0;
	return number;
}

static void load(void *at, uint64_t *value)
{
	*value = *(volatile uint64_t *)at;
}

static void store(void *at, uint64_t *value)
{
	*(volatile uint64_t *)at = *value;
}

static void load_byte(void *at, uint64_t *value)
{
	*value = *(volatile char *)at;
}

static void store_same_byte(void *at, uint64_t *value)
{
	(void)value;
	*(volatile char *)at = *(volatile char *)at;
}

int fault_of_read(const void *address)
{
	uint64_t value;

	return fault_of(load_byte, address, &value);
}

int fault_of_write(void *address)
{
	return fault_of(store_same_byte, address, NULL);
}

static bool is_sigbus(int number)
{
	if (number && number != SIGBUS)
		FAIL("an access raised signal %d", number);
	return number;
}

bool try_read(const void *address, uint64_t *value)
{
	return !is_sigbus(fault_of(load, address, value));
}

bool try_write(void *address, uint64_t value)
{
	return !is_sigbus(fault_of(store, address, &value));
}

void expect_sigbus_reading(const void *memory, uint32_t count)
{
	const char *at = memory;
	uint64_t value;
	uint32_t i;

	for (i = 0; i < count; i++, at += PAGE_BYTES)
		if (try_read(at, &value))
			FAIL("page %u can be read: %#llx", i, (unsigned long long)value);
}

void expect_sigbus(void *memory, uint32_t count)
{
	char *at = memory;
	uint32_t i;

	expect_sigbus_reading(memory, count);
	for (i = 0; i < count; i++, at += PAGE_BYTES)
		if (try_write(at, 0))
			FAIL("page %u can be written", i);
}

char *page_edge(void)
{
	char *memory;

	memory = mmap(NULL, 2 * PAGE_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(memory != MAP_FAILED);
	REQUIRE(!mprotect(memory + PAGE_BYTES, PAGE_BYTES, PROT_NONE));
	return memory + PAGE_BYTES;
}
