// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>

#include "hv.h"

#define CHUNK	65536

#define BEGIN	"gnttab_usage_print_all ["
#define END	"gnttab_usage_print_all ] done"

struct hv {
	xc_interface *xc;
	uint32_t index;		/* of the first unread byte of the console */
	bool started;
};

struct hv *hv_open(void)
{
	struct hv *hv;

	hv = calloc(1, sizeof(*hv));
	if (!hv)
		return NULL;
	hv->xc = xc_interface_open(NULL, NULL, 0);
	if (hv->xc)
		return hv;
	free(hv);
	return NULL;
}

void hv_close(struct hv *hv)
{
	xc_interface_close(hv->xc);
	free(hv);
}

char *hv_console(struct hv *hv, bool clear)
{
	size_t used = 0, room = 0;
	char *text = NULL, *grown;
	unsigned int got;

	do {
		if (room - used < CHUNK + 1) {
			room += 4 * CHUNK;
			grown = realloc(text, room);
			if (!grown)
				goto err_free;
			text = grown;
		}
		got = CHUNK;
		if (xc_readconsolering(hv->xc, text + used, &got, 0,
				       hv->started, &hv->index))
			goto err_free;
		hv->started = true;
		used += got;
	} while (got == CHUNK);
	text[used] = '\0';
	got = 0;
	if (clear)
		xc_readconsolering(hv->xc, text + used, &got, 1, 1,
				   &hv->index);
	return text;

err_free:
	free(text);
	return NULL;
}

static int add_domain(struct hv_account *account, uint32_t domid)
{
	uint32_t *grown;

	grown = realloc(account->domains,
			(account->domain_count + 1) * sizeof(grown[0]));
	if (!grown)
		return -1;
	account->domains = grown;
	grown[account->domain_count++] = domid;
	return 0;
}

static int add_grant(struct hv_account *account, const struct hv_grant *grant)
{
	struct hv_grant *grown;

	grown = realloc(account->grants,
			(account->count + 1) * sizeof(grown[0]));
	if (!grown)
		return -1;
	account->grants = grown;
	grown[account->count++] = *grant;
	return 0;
}

/*
 * (XEN) grant-table for remote d1 (v1)
 * (XEN) [0x008]      0 0x07fe5e 0x00000002          0 0x00ab12 0x19
 */
static int parse_line(struct hv_account *account, const char *line)
{
	struct hv_grant grant;
	const char *at;
	uint32_t domid;

	at = strstr(line, "grant-table for remote d");
	if (at && sscanf(at, "grant-table for remote d%u", &domid) == 1)
		return add_domain(account, domid);
	at = strstr(line, "[0x");
	if (!at || sscanf(at, "[%x] %u %" SCNx64 " %x", &grant.ref, &grant.mapper,
			  &grant.frame, &grant.pins) != 4)
		return 0;
	if (!account->domain_count)
		return 0;
	grant.owner = account->domains[account->domain_count - 1];
	return add_grant(account, &grant);
}

static int parse_account(struct hv_account *account, char *text)
{
	char *line, *state = NULL;

	text = strstr(text, BEGIN);
	if (!text || !strstr(text, END)) {
		errno = ENODATA;
		return -1;
	}
	line = strtok_r(text, "\n", &state);
	for (; line && !strstr(line, END); line = strtok_r(NULL, "\n", &state))
		if (parse_line(account, line))
			return -1;
	return 0;
}

int hv_account(struct hv *hv, struct hv_account *account)
{
	char key[] = "g", *text;
	int ret;

	*account = (struct hv_account){ 0 };
	free(hv_console(hv, false));
	if (xc_send_debug_keys(hv->xc, key))
		return -1;
	text = hv_console(hv, false);
	if (!text)
		return -1;
	ret = parse_account(account, text);
	free(text);
	if (ret)
		hv_account_free(account);
	return ret;
}

void hv_account_free(struct hv_account *account)
{
	free(account->grants);
	free(account->domains);
	*account = (struct hv_account){ 0 };
}
