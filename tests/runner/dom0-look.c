// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the state that must be the same before and after a case. For dom0-run:
 *
 *   dom0-look GUEST LOG [FILE MILLISECONDS]
 *
 * Prints one item per line: the grants that the hypervisor reports as mapped, the domains, the
 * users of the gntdev module, the pages and frames of exports, the figures of the balloon and
 * the size of memory. The domain GUEST is called "guest", so that a new guest compares equal to
 * the old one. With FILE, repeats this until the state equals the contents of FILE, for up to
 * MILLISECONDS. The exit status is 1 if it never does. New output of Xen's console is appended
 * to LOG.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/hv.h"

#define TEXT_MAX	(1 << 20)
#define PAUSE_MS	100

#define BALLOON	"/sys/devices/system/xen_memory/xen_memory0/"
#define RUNS	"/sys/kernel/debug/xen-balloon/contiguous"
#define DMABUF	"/sys/class/misc/xen!gntdev/dmabuf/"

struct text {
	size_t length;
	char bytes[TEXT_MAX];
};

static struct text now, wanted;
static uint32_t guest;

static void die(const char *what)
{
	fprintf(stderr, "dom0-look: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void add(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void add(const char *fmt, ...)
{
	size_t room = TEXT_MAX - now.length;
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(now.bytes + now.length, room, fmt, args);
	va_end(args);
	if (length < 0 || (size_t)length >= room) {
		errno = EFBIG;
		die("the state is too large");
	}
	now.length += (size_t)length;
}

static const char *name_of(uint32_t domid)
{
	static char names[2][16];
	static unsigned int next;

	if (domid == guest)
		return "guest";
	next = !next;
	snprintf(names[next], sizeof(names[next]), "d%u", domid);
	return names[next];
}

static void add_account(struct hv *hv)
{
	struct hv_account account;
	unsigned int i;

	if (hv_account(hv, &account))
		die("reading Xen's list of grants");
	for (i = 0; i < account.domain_count; i++)
		add("domain: %s\n", name_of(account.domains[i]));
	for (i = 0; i < account.count; i++)
		add("grant: reference %#x of %s, mapped by %s, pins %#x\n",
		    account.grants[i].ref, name_of(account.grants[i].owner),
		    name_of(account.grants[i].mapper), account.grants[i].pins);
	hv_account_free(&account);
}

static void add_file(const char *what, const char *path)
{
	char line[128] = "cannot be read\n";
	FILE *file;

	file = fopen(path, "r");
	if (file) {
		if (!fgets(line, sizeof(line), file))
			strcpy(line, "empty\n");
		fclose(file);
	}
	add("%s: %s", what, line);
}

/* Adds the lines of a file that begin with one of @words. Some kernels do not have the file. */
static void add_lines(const char *path, const char *const *words)
{
	char line[128];
	FILE *file;

	file = fopen(path, "r");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		const char *const *word;

		for (word = words; *word; word++)
			if (!strncmp(line, *word, strlen(*word)))
				add("%s: %s", path, line);
	}
	fclose(file);
}

static void look(struct hv *hv)
{
	now.length = 0;
	add_account(hv);
	add_file("users of xen_gntdev", "/sys/module/xen_gntdev/refcnt");
	add_file("balloon current_kb", BALLOON "info/current_kb");
	add_file("balloon low_kb", BALLOON "info/low_kb");
	add_file("balloon high_kb", BALLOON "info/high_kb");
	add_file("balloon target_kb", BALLOON "target_kb");
	add_file("exported pages", DMABUF "exported_pages");
	add_file("imported pages", DMABUF "imported_pages");
	add_file("mapped pages of exports", DMABUF "mmap_pages");
	add_lines(RUNS, (const char *const[]){ "used", "ballooned", NULL });
	add_lines("/proc/meminfo", (const char *const[]){ "MemTotal", "CmaTotal", NULL });
}

static void read_wanted(const char *path)
{
	FILE *file;

	file = fopen(path, "r");
	if (!file)
		die(path);
	wanted.length = fread(wanted.bytes, 1, TEXT_MAX, file);
	fclose(file);
}

static int as_wanted(void)
{
	return now.length == wanted.length &&
	       !memcmp(now.bytes, wanted.bytes, now.length);
}

static void append_log(struct hv *hv, const char *path)
{
	char *text;
	FILE *file;

	text = hv_console(hv, false);
	file = fopen(path, "a");
	if (!text || !file || fputs(text, file) < 0 || fclose(file))
		die(path);
	free(text);
}

static void pause_ms(unsigned int ms)
{
	struct timespec time = { .tv_nsec = ms * 1000000L };

	nanosleep(&time, NULL);
}

static int look_until(struct hv *hv, const char *path, int ms)
{
	read_wanted(path);
	for (look(hv); !as_wanted() && ms > 0; ms -= PAUSE_MS) {
		pause_ms(PAUSE_MS);
		look(hv);
	}
	return as_wanted() ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct hv *hv;
	int ret = 0;

	if (argc != 3 && argc != 5) {
		fprintf(stderr,
			"usage: dom0-look GUEST LOG [FILE MILLISECONDS]\n");
		return 2;
	}
	guest = (uint32_t)strtoul(argv[1], NULL, 10);
	hv = hv_open();
	if (!hv)
		die("opening the hypervisor interface");
	append_log(hv, argv[2]);
	if (argc == 3)
		look(hv);
	else
		ret = look_until(hv, argv[3], atoi(argv[4]));
	free(hv_console(hv, true));
	fwrite(now.bytes, 1, now.length, stdout);
	hv_close(hv);
	return ret;
}
