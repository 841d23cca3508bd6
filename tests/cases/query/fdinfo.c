// SPDX-License-Identifier: GPL-2.0
/*
 * In /proc/<pid>/fdinfo, a gntdev file has a line for each of its buffers that is not released. The
 * name of a dma-buf there has the domain and the id of the export.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"
#include "importer.h"

#define TEXT_MAX	8192

static struct guest guest;

static const char *fdinfo(int fd)
{
	static char text[TEXT_MAX];
	char path[64];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	REQUIRE(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	fclose(file);
	return text;
}

/* Counts the lines that begin with @beginning. */
static unsigned int count_lines(const char *text, const char *beginning)
{
	unsigned int count = 0;

	while (text && *text) {
		count += !strncmp(text, beginning, strlen(beginning));
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return count;
}

static void check_line(int fd, const char *line)
{
	const char *text = fdinfo(fd);

	if (count_lines(text, line) != 1)
		FAIL("'%s' is not in fdinfo:\n%s", line, text);
}

static void check_export(uint64_t id, const char *state, uint32_t pages)
{
	char line[128];

	snprintf(line, sizeof(line),
		 "dmabuf:\tid %" PRIu64 " kind export state %s domid %u pages %u\n", id, state,
		 guest.domid, pages);
	check_line(guest.gntdev, line);
}

static void check_count(unsigned int count)
{
	CHECK_EQ(count_lines(fdinfo(guest.gntdev), "dmabuf:"), count);
}

static void check_dmabuf(const struct export *export)
{
	char line[128];

	snprintf(line, sizeof(line), "name:\txen-dom%u-%" PRIu64 "\n", guest.domid, export->id);
	check_line(export->fd, line);
	snprintf(line, sizeof(line), "size:\t%zu\n", export->size);
	check_line(export->fd, line);
	check_line(export->fd, "exp_name:\txen_gntdev\n");
}

static void check_other_file(void)
{
	int gntdev = gntdev_open();

	REQUIRE(gntdev >= 0);
	CHECK_EQ(count_lines(fdinfo(gntdev), "dmabuf:"), 0);
	close(gntdev);
}

int main(void)
{
	struct guest_pages few, many;
	struct export one, two;
	int importer;

	importer = importer_open();
	guest_open(&guest);
	guest_share(&guest, &few, 3);
	guest_share(&guest, &many, 1000);
	check_count(0);

	one = export_pages(&guest, &few, GNTDEV_DMABUF_EXPORT_READONLY);
	two = export_pages(&guest, &many, 0);
	check_count(2);
	check_export(one.id, "live", 3);
	check_export(two.id, "live", 1000);
	check_dmabuf(&one);
	check_dmabuf(&two);
	check_other_file();

	CHECK_OK(importer_hold(importer, two.fd, 0));
	export_revoke(&guest, &two);
	check_count(2);
	check_export(one.id, "live", 3);
	check_export(two.id, "revoking", 1000);
	check_dmabuf(&two);

	CHECK_OK(importer_drop(importer));
	export_wait(&guest, &two);
	check_count(1);
	check_export(one.id, "live", 3);
	export_close(&guest, &one);
	check_count(0);
	export_close(&guest, &two);
	check_count(0);
	CHECK_EQ(guest_unshare(&guest, &few), 0);
	CHECK_EQ(guest_unshare(&guest, &many), 0);
	close(importer);
	return CASE_PASS;
}
