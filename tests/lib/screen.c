// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "case.h"
#include "screen.h"

#define LOOK_MS		10000

/* The pipe from which Dom0's init sends lines to the lab. */
#define LINES		"/run/lines"

/* Opens the device of the port that has this name. */
static int open_port(const char *name)
{
	char path[64], got[32];
	glob_t found;
	size_t i;
	int fd = -1;

	REQUIRE(!glob("/sys/class/virtio-ports/*/name", 0, NULL, &found));
	for (i = 0; i < found.gl_pathc && fd < 0; i++) {
		FILE *file = fopen(found.gl_pathv[i], "r");
		char port[32];

		REQUIRE(file);
		if (fscanf(file, "%31s", got) == 1 && !strcmp(got, name)) {
			REQUIRE(sscanf(found.gl_pathv[i], "/sys/class/virtio-ports/%31[^/]",
				       port) == 1);
			snprintf(path, sizeof(path), "/dev/%s", port);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			REQUIRE(fd >= 0);
		}
		fclose(file);
	}
	globfree(&found);
	return fd;
}

static void ask(void)
{
	static const char question[] = "@screen\n";
	int fd = open(LINES, O_WRONLY | O_CLOEXEC);

	REQUIRE(fd >= 0);
	REQUIRE(write(fd, question, sizeof(question) - 1) == sizeof(question) - 1);
	close(fd);
}

static void read_whole(int fd, void *memory, size_t size)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	uint8_t *at = memory;

	while (size) {
		ssize_t got;

		REQUIRE(poll(&ready, 1, LOOK_MS) == 1);
		got = read(fd, at, size);
		REQUIRE(got > 0);
		at += got;
		size -= (size_t)got;
	}
}

/* Parses "P6\n<width> <height>\n255\n", the format of the emulator. */
static void read_head(int fd, struct screen *screen)
{
	char head[64];
	unsigned int lines = 0, used = 0;

	while (lines < 3) {
		REQUIRE(used < sizeof(head) - 1);
		read_whole(fd, head + used, 1);
		lines += head[used++] == '\n';
	}
	head[used] = '\0';
	REQUIRE(sscanf(head, "P6 %u %u 255", &screen->width, &screen->height) == 2);
}

void screen_look(struct screen *screen)
{
	int port = open_port("lab.screen");
	size_t size;

	REQUIRE(port >= 0);
	ask();
	read_head(port, screen);
	size = 3UL * screen->width * screen->height;
	screen->rgb = malloc(size);
	REQUIRE(screen->rgb);
	read_whole(port, screen->rgb, size);
	close(port);
}
