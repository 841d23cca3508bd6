// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <string.h>

#include "command.h"
#include "describe.h"

struct flag {
	uint32_t bit;
	const char *name;
};

static const struct flag export_flags[] = {
	{ GNTDEV_DMABUF_EXPORT_READONLY, "readonly" },
	{ GNTDEV_DMABUF_EXPORT_CONTIGUOUS, "contiguous" },
	{ GNTDEV_DMABUF_EXPORT_REVOKE_ON_CLOSE, "revoke-on-close" },
	{ GNTDEV_DMABUF_EXPORT_REVOCABLE, "revocable" },
	{ 0 },
};

static const struct flag import_flags[] = {
	{ GNTDEV_DMABUF_IMPORT_READONLY, "readonly" },
	{ 0 },
};

static const struct flag properties[] = {
	{ GNTDEV_DMABUF_QUERY_CONTIGUOUS, "contiguous" },
	{ GNTDEV_DMABUF_QUERY_LOST, "lost" },
	{ 0 },
};

static bool is_import(const struct held_buffer *buffer)
{
	return !strcmp(buffer->kind, "import");
}

/* Then the kernel remembers nothing else. */
static bool is_released(const struct held_buffer *buffer)
{
	return !strcmp(buffer->kind, "none");
}

static const struct flag *flags_of(const struct held_buffer *buffer)
{
	return is_import(buffer) ? import_flags : export_flags;
}

void describe_name(const struct held_buffer *buffer, char name[DESCRIBE_SIZE])
{
	if (is_import(buffer) || is_released(buffer))
		strcpy(name, "-");
	else
		snprintf(name, DESCRIBE_SIZE, "xen-dom%u-%" PRIu64, buffer->domid, buffer->id);
}

static void print_flags(FILE *file, const struct flag *flags, uint32_t set, const char *quote,
			const char *between)
{
	const char *before = "";

	for (; flags->bit; flags++) {
		if (!(set & flags->bit))
			continue;
		fprintf(file, "%s%s%s%s", before, quote, flags->name, quote);
		before = between;
	}
}

static void json_number(FILE *file, const char *key, bool known, uint32_t number)
{
	if (known)
		fprintf(file, ", \"%s\": %u", key, number);
	else
		fprintf(file, ", \"%s\": null", key);
}

static void json_flags(FILE *file, const char *key, bool known, const struct flag *flags,
		       uint32_t set)
{
	fprintf(file, ", \"%s\": ", key);
	if (!known) {
		fputs("null", file);
		return;
	}
	fputc('[', file);
	print_flags(file, flags, set, "\"", ", ");
	fputc(']', file);
}

void describe_json(const struct held_buffer *buffer, FILE *file)
{
	const struct gntdev_dmabuf_query *query = &buffer->query;
	bool import = is_import(buffer), known = buffer->has_query;
	char name[DESCRIBE_SIZE];

	fprintf(file, "{\"pid\": %d, \"fd\": %d, \"command\": ", (int)buffer->pid, buffer->fd);
	print_json_text(file, buffer->command);
	fputs(", \"kind\": ", file);
	print_json_text(file, buffer->kind);
	fprintf(file, ", \"id\": %" PRIu64 ", \"state\": ", buffer->id);
	print_json_text(file, buffer->state);
	json_number(file, "domain", !is_released(buffer), buffer->domid);
	json_number(file, "pages", !is_released(buffer), buffer->pages);
	json_number(file, "user_mappings", known && !import, query->user_mappings);
	json_number(file, "attachments", known && !import, query->attachments);
	json_number(file, "peer_mapped", known && import, query->mapped);
	json_flags(file, "flags", known, flags_of(buffer), query->buffer_flags);
	json_flags(file, "properties", known, properties, query->properties);
	describe_name(buffer, name);
	if (import || is_released(buffer))
		fprintf(file, ", \"name\": null}");
	else
		fprintf(file, ", \"name\": \"%s\"}", name);
}

static void line_flags(FILE *file, const char *key, const struct flag *flags, uint32_t set)
{
	fprintf(file, "%-14s", key);
	print_flags(file, flags, set, "", " ");
	fprintf(file, "%s\n", set ? "" : "-");
}

void describe_lines(const struct held_buffer *buffer, FILE *file)
{
	const struct gntdev_dmabuf_query *query = &buffer->query;
	char name[DESCRIBE_SIZE];

	describe_name(buffer, name);
	fprintf(file, "%-14s%d\n%-14s%s\n%-14s%d\n%-14s%" PRIu64 "\n%-14s%s\n%-14s%s\n", "pid",
		(int)buffer->pid, "command", buffer->command, "fd", buffer->fd, "id", buffer->id,
		"kind", buffer->kind, "state", buffer->state);
	if (is_released(buffer))
		return;
	fprintf(file, "%-14s%u\n%-14s%u\n%-14s%s\n", "domain", buffer->domid, "pages",
		buffer->pages, "name", name);
	if (!buffer->has_query)
		return;
	line_flags(file, "flags", flags_of(buffer), query->buffer_flags);
	line_flags(file, "properties", properties, query->properties);
	if (is_import(buffer))
		fprintf(file, "%-14s%u\n", "peer mapped", query->mapped);
	else
		fprintf(file, "%-14s%u\n%-14s%u\n", "user mappings", query->user_mappings,
			"attachments", query->attachments);
}
