// SPDX-License-Identifier: GPL-2.0
/*
 * The examples of libgnttab-dmabuf, as they come: the sender runs in the guest, the receiver in
 * Dom0, with a vchan between them, and both print the same sum of the picture. The other receiver
 * passes the dma-buf to a process without rights. (Not on PV if only the old ioctls import: they
 * may grant a copy there.)
 */
#include <stdio.h>
#include <stdlib.h>

#include "library.h"

#define SENDER_MS	20000

/* The main() of each, which build.mk has renamed. */
int sender_main(int argc, char **argv);
int receiver_main(int argc, char **argv);
int sandbox_main(int argc, char **argv);

static struct guest guest;

static int run_example(int argc, char **argv)
{
	if (!strcmp(argv[1], "sender"))
		return sender_main(argc - 1, argv + 1);
	if (!strcmp(argv[1], "receiver"))
		return receiver_main(argc - 1, argv + 1);
	return sandbox_main(argc - 1, argv + 1);
}

static void program(char path[128])
{
	ssize_t length = readlink("/proc/self/exe", path, 127);

	REQUIRE(length > 0);
	path[length] = '\0';
}

static void start_sender(void)
{
	char command[512], path[128];

	program(path);
	snprintf(command, sizeof(command),
		 "rm -f /tmp/status; (%s sender 0; echo $? >/tmp/status) >/tmp/output 2>&1 "
		 "</dev/null &", path);
	REQUIRE(!guest_run(&guest, command));
}

static void check_sender(const char *sum)
{
	char command[128];

	CHECK(WITHIN_MS(SENDER_MS, !guest_run(&guest, "test -s /tmp/status")));
	CHECK_EQ(guest_run(&guest, "tail -n 1 /tmp/output; exit $(cat /tmp/status)"), 0);
	CHECK(sum[0]);
	snprintf(command, sizeof(command), "grep -qx '%s' /tmp/output", sum);
	CHECK_EQ(guest_run(&guest, command), 0);
}

static void check(const char *receiver)
{
	char command[256], path[128], line[128], sum[128] = "";
	FILE *output;

	start_sender();
	program(path);
	snprintf(command, sizeof(command), "%s %s %u 2>&1", path, receiver, guest.domid);
	output = popen(command, "r");
	REQUIRE(output);
	while (fgets(line, sizeof(line), output)) {
		line[strcspn(line, "\n")] = '\0';
		note("%s: %s", receiver, line);
		if (!strncmp(line, "sum ", 4))
			strcpy(sum, line);
	}
	CHECK_EQ(pclose(output), 0);
	check_sender(sum);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return run_example(argc, argv);
	guest_open(&guest);
	check("receiver");
	check("sandbox");
	return CASE_PASS;
}
