// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's part of the cases. It runs as long as the guest, shares memory and answers questions
 * about it. The protocol is in lib/rpc.h.
 *
 * These are the questions and their answers. <buffer> is the number that share returned. Pages
 * count from 0. Numbers with 0x are hexadecimal.
 *
 *   ping                                    -
 *   share <count> <seed> rw|ro <domid>      <buffer> <reference of the first gnt_dir>
 *   unshare <buffer>                        <references the peer still maps>
 *   fill <buffer> <page> <count> <seed>     -
 *   check <buffer> <page> <count> <seed>    same | differs at page <p> word <w>
 *   hash <buffer> <page> <count>            <FNV-1a of the pages>
 *   peek <buffer> <page> <word>             <value>
 *   poke <buffer> <page> <word> <value>     -
 *   ended                                   <a reference whose grant has ended>
 *   reset                                   <references the peer still maps>
 *   run <command of the shell>              <exit status> <last line of output>
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "../lib/gnt.h"
#include "../lib/pattern.h"
#include "../lib/rpc.h"

#define PAGE		4096UL
#define MAX_BUFFERS	64
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct buffer {
	unsigned int number;	/* 0: not in use */
	struct gnt_area area;
	struct gnt_area dir;
};

static struct buffer buffers[MAX_BUFFERS];
static unsigned int last_number;

static struct buffer *find_buffer(unsigned int number)
{
	unsigned int i;

	for (i = 0; i < MAX_BUFFERS; i++)
		if (buffers[i].number == number)
			return &buffers[i];
	return NULL;
}

static void *page_of(struct buffer *buffer, uint32_t page)
{
	return (char *)buffer->area.memory + page * PAGE;
}

static int share(struct rpc *rpc, const char *words)
{
	unsigned int count, domid, i;
	struct buffer *buffer;
	uint64_t seed;
	char mode[3];

	if (sscanf(words, "share %u %" SCNx64 " %2s %u", &count, &seed, mode,
		   &domid) != 4)
		return EINVAL;
	buffer = find_buffer(0);
	if (!buffer)
		return ENOSPC;
	if (gnt_area_share(&buffer->area, (uint16_t)domid, count,
			   !strcmp(mode, "rw")))
		return errno;
	if (gnt_dir_share(&buffer->dir, (uint16_t)domid, buffer->area.refs,
			  count)) {
		int error = errno;

		gnt_area_free(&buffer->area);
		return error;
	}
	for (i = 0; i < count; i++)
		pattern_fill(page_of(buffer, i), seed, i);
	buffer->number = ++last_number;
	rpc_answer(rpc, 0, "%u %u", buffer->number, buffer->dir.refs[0]);
	return 0;
}

static uint32_t missing_from(const uint32_t *refs, uint32_t count,
			     const struct gnt_area *probe)
{
	uint32_t missing = 0, i, j;

	for (i = 0; i < count; i++) {
		for (j = 0; j < probe->count; j++)
			if (probe->refs[j] == refs[i])
				break;
		missing += j == probe->count;
	}
	return missing;
}

/*
 * Ends the grants of a buffer, and counts in *@in_use how many could not be ended because the peer
 * maps them. The kernel does not report this number. But its list of free references is a stack,
 * and nothing else in this guest allocates references. So the next allocation of the same size
 * returns exactly the references that were freed. A reference that it does not return is in use.
 */
static int end_grants(struct buffer *buffer, uint32_t *in_use)
{
	uint32_t count = buffer->area.count, total = count + buffer->dir.count;
	struct gnt_area probe;
	uint32_t *refs;

	refs = malloc(total * sizeof(refs[0]));
	if (!refs)
		return ENOMEM;
	memcpy(refs, buffer->area.refs, count * sizeof(refs[0]));
	memcpy(refs + count, buffer->dir.refs,
	       buffer->dir.count * sizeof(refs[0]));
	gnt_area_free(&buffer->dir);
	gnt_area_free(&buffer->area);
	buffer->number = 0;
	if (gnt_area_share(&probe, 0, total, true)) {
		int error = errno;

		free(refs);
		return error;
	}
	*in_use = missing_from(refs, total, &probe);
	gnt_area_free(&probe);
	free(refs);
	return 0;
}

static int unshare(struct rpc *rpc, const char *words)
{
	struct buffer *buffer;
	unsigned int number;
	uint32_t in_use;
	int error;

	if (sscanf(words, "unshare %u", &number) != 1 || !number)
		return EINVAL;
	buffer = find_buffer(number);
	if (!buffer)
		return ENOENT;
	error = end_grants(buffer, &in_use);
	if (error)
		return error;
	rpc_answer(rpc, 0, "%u", in_use);
	return 0;
}

static int reset(struct rpc *rpc, const char *words)
{
	uint32_t in_use, total = 0;
	unsigned int i;
	int error;

	(void)words;
	for (i = 0; i < MAX_BUFFERS; i++) {
		if (!buffers[i].number)
			continue;
		error = end_grants(&buffers[i], &in_use);
		if (error)
			return error;
		total += in_use;
	}
	rpc_answer(rpc, 0, "%u", total);
	return 0;
}

/* "<verb> <buffer> <page> <count>". Checks that the pages are in the buffer. */
static int parse_range(const char *words, struct buffer **buffer,
		       uint32_t *page, uint32_t *count)
{
	unsigned int number;

	if (sscanf(words, "%*s %u %u %u", &number, page, count) != 3 || !number)
		return EINVAL;
	*buffer = find_buffer(number);
	if (!*buffer)
		return ENOENT;
	if (*page > (*buffer)->area.count ||
	    *count > (*buffer)->area.count - *page)
		return ERANGE;
	return 0;
}

static int parse_seed(const char *words, uint64_t *seed)
{
	if (sscanf(words, "%*s %*s %*s %*s %" SCNx64, seed) != 1)
		return EINVAL;
	return 0;
}

/* "<verb> <buffer> <page> <count> <seed>" */
static int parse_pattern(const char *words, struct buffer **buffer,
			 uint32_t *page, uint32_t *count, uint64_t *seed)
{
	int error = parse_range(words, buffer, page, count);

	return error ?: parse_seed(words, seed);
}

static int fill(struct rpc *rpc, const char *words)
{
	struct buffer *buffer;
	uint32_t page, count;
	uint64_t seed;
	int error;

	error = parse_pattern(words, &buffer, &page, &count, &seed);
	if (error)
		return error;
	for (; count; count--, page++)
		pattern_fill(page_of(buffer, page), seed, page);
	rpc_answer(rpc, 0, "filled");
	return 0;
}

static int check(struct rpc *rpc, const char *words)
{
	struct buffer *buffer;
	uint32_t page, count;
	uint64_t seed;
	int error;

	error = parse_pattern(words, &buffer, &page, &count, &seed);
	if (error)
		return error;
	for (; count; count--, page++) {
		int word = pattern_check(page_of(buffer, page), seed, page);

		if (word < 0)
			continue;
		rpc_answer(rpc, 0, "differs at page %u word %d", page, word);
		return 0;
	}
	rpc_answer(rpc, 0, "same");
	return 0;
}

static int hash(struct rpc *rpc, const char *words)
{
	struct buffer *buffer;
	uint32_t page, count;
	int error;

	error = parse_range(words, &buffer, &page, &count);
	if (error)
		return error;
	rpc_answer(rpc, 0, "0x%" PRIx64,
		   fnv1a(FNV1A_START, page_of(buffer, page), count * PAGE));
	return 0;
}

/* "<verb> <buffer> <page> <word>" */
static int parse_word(const char *words, volatile uint64_t **address)
{
	struct buffer *buffer;
	unsigned int number;
	uint32_t page, word;

	if (sscanf(words, "%*s %u %u %u", &number, &page, &word) != 3 || !number)
		return EINVAL;
	buffer = find_buffer(number);
	if (!buffer)
		return ENOENT;
	if (page >= buffer->area.count || word >= PATTERN_WORDS)
		return ERANGE;
	*address = (uint64_t *)page_of(buffer, page) + word;
	return 0;
}

static int peek(struct rpc *rpc, const char *words)
{
	volatile uint64_t *address;
	int error;

	error = parse_word(words, &address);
	if (error)
		return error;
	rpc_answer(rpc, 0, "0x%" PRIx64, *address);
	return 0;
}

static int poke(struct rpc *rpc, const char *words)
{
	volatile uint64_t *address;
	uint64_t value;
	int error;

	error = parse_word(words, &address);
	if (!error)
		error = parse_seed(words, &value);
	if (error)
		return error;
	*address = value;
	rpc_answer(rpc, 0, "written");
	return 0;
}

static int ended(struct rpc *rpc, const char *words)
{
	struct gnt_area area;
	uint32_t ref;

	(void)words;
	if (gnt_area_share(&area, 0, 1, true))
		return errno;
	ref = area.refs[0];
	gnt_area_free(&area);
	rpc_answer(rpc, 0, "%u", ref);
	return 0;
}

/* Also copies the output of the command to the agent's output. */
static int run(struct rpc *rpc, const char *words)
{
	char line[RPC_MAX / 2] = "";
	FILE *output;
	int status;

	output = popen(words + strlen("run"), "r");
	if (!output)
		return errno;
	while (fgets(line, sizeof(line), output))
		fputs(line, stdout);
	fflush(stdout);
	status = pclose(output);
	line[strcspn(line, "\n")] = '\0';
	/* Use the shell's convention. */
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	rpc_answer(rpc, 0, "%d %s", status, line);
	return 0;
}

static int ping(struct rpc *rpc, const char *words)
{
	(void)words;
	rpc_answer(rpc, 0, "here");
	return 0;
}

static const struct verb {
	const char *name;
	int (*serve)(struct rpc *rpc, const char *words);
} verbs[] = {
	{ "ping", ping },
	{ "share", share },
	{ "unshare", unshare },
	{ "fill", fill },
	{ "check", check },
	{ "hash", hash },
	{ "peek", peek },
	{ "poke", poke },
	{ "ended", ended },
	{ "reset", reset },
	{ "run", run },
};

static void serve(struct rpc *rpc, const char *question)
{
	unsigned int i;
	char name[16];
	int error;

	if (sscanf(question, "%15s", name) != 1)
		name[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			break;
	if (i == ARRAY_SIZE(verbs)) {
		rpc_answer(rpc, ENOSYS, "no such question: %s", question);
		return;
	}
	error = verbs[i].serve(rpc, question);
	if (error)
		rpc_answer(rpc, error, "%s: %s", question, strerror(error));
}

int main(void)
{
	char question[RPC_MAX];
	struct rpc *rpc;

	signal(SIGHUP, SIG_IGN);
	rpc = rpc_listen();
	if (!rpc) {
		perror("agent: xenstore");
		return 1;
	}
	while (!rpc_next(rpc, question))
		serve(rpc, question);
	perror("agent: xenstore");
	return 1;
}
