// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "command.h"
#include "names.h"
#include "session.h"

bool source_parse_option(struct source *source, int option)
{
	uint64_t number;

	switch (option) {
	case 'd':
		return source->has_domid = parse_domid(optarg, &source->domid);
	case 't':
		return parse_seconds(optarg, &source->timeout_ms);
	default:
		if (!parse_number(optarg, XENGNTTAB_DMABUF_MAX_PAGES, &number) || !number)
			return false;
		source->max_pages = (uint32_t)number;
		return true;
	}
}

int source_parse_name(struct source *source, int argc, char **argv)
{
	if (optind < argc)
		source->name = argv[optind++];
	if (optind < argc)
		return fail_extra(argv);
	if (names_check(source->name))
		return fail_usage("'%s' is not a name: use letters, digits, - and _", source->name);
	if (!source->has_domid)
		return fail_usage("say which domain shares it: --domain N");
	return EXIT_OK;
}

/* Returns EXIT_OK, or the exit code after a message. */
static int next_event(struct session *session, int64_t deadline)
{
	struct xengnttab_dmabuf_event *event = &session->event;
	uint32_t domid = session->source->domid;
	int result;

	while ((result = xengnttab_dmabuf_stream_receive(session->stream, event)) < 0 &&
	       (errno == EAGAIN || errno == EINTR)) {
		if (!channel_wait(session->channel, deadline, CHANNEL_LOOK_MS))
			continue;
		if (errno == EINTR)
			return fail(EXIT_INTERRUPTED, "interrupted before domain %u sent the "
				    "buffer", domid);
		return fail(EXIT_TIMEOUT, "domain %u does not send the buffer; restart "
			    "'xen-dmabuf share' there", domid);
	}
	if (result <= 0)
		return fail(EXIT_FAILED, "the stream of domain %u ended (%s); restart 'xen-dmabuf "
			    "share' there", domid, result ? strerror(errno) : "closed");
	if (event->type == XENGNTTAB_DMABUF_EVENT_BUFFER)
		return EXIT_OK;
	if (event->type == XENGNTTAB_DMABUF_EVENT_REFUSED)
		return fail(EXIT_FAILED, "the buffer of domain %u cannot be mapped (%s); check "
			    "--max-pages and the limits of xen-gntdev", domid,
			    strerror(event->error));
	return fail(EXIT_FAILED, "domain %u sent no buffer; restart 'xen-dmabuf share' there",
		    domid);
}

static int receive(struct session *session, int64_t deadline)
{
	const struct source *source = session->source;
	const struct xengnttab_dmabuf_limits limits = {
		.size = sizeof(limits), .max_buffers = 1,
		.max_pages = source->max_pages, .max_total_pages = source->max_pages,
	};

	session->stream = xengnttab_dmabuf_stream_open_ops(session->xgt, source->domid, &limits,
							   &channel_ops, session->channel);
	if (!session->stream)
		return fail(EXIT_FAILED, "cannot open the stream (%s)", strerror(errno));
	return next_event(session, deadline);
}

static void close_all(struct session *session)
{
	xengnttab_dmabuf_stream_close(session->stream);
	channel_close(session->channel);
	xengnttab_close(session->xgt);
}

int session_open(struct session *session, const struct source *source)
{
	int64_t deadline;
	int code;

	*session = (struct session){
		.source = source, .event = { .size = sizeof(session->event), .fd = -1 },
	};
	session->xgt = open_gntdev(XENGNTTAB_DMABUF_CAP_EXPORT, XENGNTTAB_DMABUF_CAP_OLD_EXPORT,
				   &code);
	if (!session->xgt)
		return code;
	deadline = deadline_in(source->timeout_ms);
	session->channel = channel_connect(source->domid, source->name, deadline, &code);
	if (session->channel)
		code = receive(session, deadline);
	if (code != EXIT_OK)
		close_all(session);
	return code;
}

bool session_is_over(struct session *session, int ms)
{
	struct xengnttab_dmabuf_event event = { .size = sizeof(event), .fd = -1 };
	int64_t until = deadline_in(ms);
	int result;

	do {
		result = xengnttab_dmabuf_stream_receive(session->stream, &event);
		if (result == 1) {
			xengnttab_dmabuf_event_clear(&event);
			if (event.type == XENGNTTAB_DMABUF_EVENT_WITHDRAW)
				return true;
			continue;
		}
		if (!result || (errno != EAGAIN && errno != EINTR))
			return true;
	} while (!channel_wait(session->channel, until, CHANNEL_LOOK_MS));
	return false;
}

static int release(struct session *session)
{
	const struct source *source = session->source;
	int64_t deadline = deadline_in(source->timeout_ms);

	if (xengnttab_dmabuf_stream_release(session->stream, session->event.number,
					    source->timeout_ms)) {
		/* The sharer has gone, and misses no answer. */
		if (errno == EPIPE)
			return EXIT_OK;
		if (errno == EINTR)
			return fail(EXIT_INTERRUPTED, "interrupted; the buffer is not released");
		if (errno != EAGAIN)
			return fail(errno == ETIMEDOUT ? EXIT_TIMEOUT : EXIT_FAILED,
				    "the buffer is not released (%s); another process uses it",
				    strerror(errno));
	}
	while (xengnttab_dmabuf_stream_flush(session->stream) && errno == EAGAIN)
		if (channel_wait(session->channel, deadline, CHANNEL_LOOK_MS))
			break;
	return EXIT_OK;
}

int session_close(struct session *session, int code)
{
	int end;

	xengnttab_dmabuf_event_clear(&session->event);
	end = release(session);
	close_all(session);
	return code ?: end;
}
