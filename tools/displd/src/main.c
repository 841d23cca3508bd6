// SPDX-License-Identifier: GPL-2.0
/* Options, and the loop of the process. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <xengnttab_dmabuf.h>
#include <xentoollog.h>

#include "display.h"
#include "displd.h"
#include "loop.h"
#include "output.h"

#define EXIT_USAGE	2
#define MIB		(1024ULL * 1024)
#define NS_PER_MS	1000000ULL
/* Messages that can be printed at once, and each second. A guest can cause most of them. */
#define MESSAGES_BURST	50
#define MESSAGES_RATE	5

struct server server = {
	.max_bytes = 256 * MIB,
	.destroy_ns = 2000 * NS_PER_MS,
};

static const char usage[] =
"Usage: displd [OPTION]...\n"
"Show the displays of Xen guests (vdispl) on a DRM device or as files, without copying.\n"
"\n"
"  --output kms[:DEVICE]     a DRM device: a node of /dev/dri, or the name of a driver; by\n"
"                            default the first one that has a screen\n"
"  --output files:DIRECTORY[,keep=N]\n"
"                            write what is shown as PNG; N files for each screen (default 100)\n"
"  --output wayland[:SOCKET] windows of a Wayland compositor; by default that of $WAYLAND_DISPLAY\n"
"                            This option can be given several times. A display takes the first\n"
"                            output with enough free screens. The default is kms.\n"
"  --max-memory MIB          display memory of each guest (default 256)\n"
"  --destroy-timeout MS      how long to wait until a buffer is released, before the guest is\n"
"                            told that this takes longer (default 2000)\n"
"  --copy                    copy the guests' pictures instead of sharing them\n"
"  --user NAME               become this user (a name or number) after the start (default nobody)\n"
"  --help, --version\n"
"\n"
"Exit status: 0 ended by a signal, 1 failure, 2 wrong usage.\n";

static unsigned int allow_message(void)
{
	static unsigned int left = MESSAGES_BURST, dropped;
	static time_t last;
	struct timespec now;
	unsigned int told;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec != last)
		left = left + MESSAGES_RATE < MESSAGES_BURST ? left + MESSAGES_RATE :
							       MESSAGES_BURST;
	last = now.tv_sec;
	if (!left) {
		dropped++;
		return 0;
	}
	left--;
	told = dropped;
	dropped = 0;
	return told + 1;
}

void say(const char *fmt, ...)
{
	unsigned int allowed;
	va_list args;

	/* The lock of the stream also protects the counters. */
	flockfile(stderr);
	allowed = allow_message();
	if (allowed > 1)
		fprintf(stderr, "displd: %u messages were left out\n", allowed - 1);
	if (allowed) {
		va_start(args, fmt);
		fputs("displd: ", stderr);
		vfprintf(stderr, fmt, args);
		fputc('\n', stderr);
		va_end(args);
	}
	funlockfile(stderr);
}

static xentoollog_logger *logger;

static bool open_xen(void)
{
	/* Guests can cause errors in libxengnttab at any rate. */
	logger = (xentoollog_logger *)xtl_createlogger_stdiostream(stderr, XTL_CRITICAL, 0);
	server.store = xs_open(0);
	if (!server.store) {
		say("cannot connect to xenstore (%s); run displd in a domain of Xen, as root",
		    strerror(errno));
		return false;
	}
	server.domid = store_number(0, "domid");
	server.events = xenevtchn_open(logger, 0);
	server.grants = xengnttab_open(logger, 0);
	if (!server.events || !server.grants) {
		say("cannot open %s (%s); load xen-evtchn and xen-gntdev, and run displd as root",
		    server.events ? "/dev/xen/gntdev" : "/dev/xen/evtchn", strerror(errno));
		return false;
	}
	/* All events that there are can be read in one turn. */
	if (!fcntl(xenevtchn_fd(server.events), F_SETFL, O_NONBLOCK))
		return true;
	say("cannot read /dev/xen/evtchn without waiting: %s", strerror(errno));
	return false;
}

/* Each buffer takes some descriptors, and each guest can have many buffers. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool check_kernel(void)
{
	const uint32_t needed = XENGNTTAB_DMABUF_CAP_EXPORT | XENGNTTAB_DMABUF_CAP_IMPORT |
				XENGNTTAB_DMABUF_CAP_NOTIFY;
	uint32_t caps;

	if (server.copy)
		return true;
	if (!xengnttab_dmabuf_capabilities(server.grants, &caps) && (caps & needed) == needed)
		return true;
	say("the kernel cannot share dma-bufs; use a kernel with the gntdev series, or --copy");
	return false;
}

static bool parse_number(const char *name, const char *text, uint64_t unit, uint64_t *number)
{
	unsigned long long parsed;
	char *end;

	errno = 0;
	parsed = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno && parsed &&
	    parsed <= UINT32_MAX) {
		*number = parsed * unit;
		return true;
	}
	say("--%s wants a number above 0, not '%s'", name, text);
	return false;
}

static bool add_output(const char *words)
{
	struct output *output = output_open(words);

	if (output)
		server.outputs[server.nr_outputs++] = output;
	return output;
}

/**
 * struct options - what is needed after the options are parsed
 * @user: who to become
 */
struct options {
	const char *user;
	const char *outputs[MAX_OUTPUTS];
	unsigned int nr_outputs;
};

/* Returns -1 to go on, or the exit status. */
static int parse_option(int option, struct options *options)
{
	switch (option) {
	case 'o':
		if (options->nr_outputs == MAX_OUTPUTS) {
			say("%u outputs are the most that displd can use", MAX_OUTPUTS);
			return EXIT_USAGE;
		}
		options->outputs[options->nr_outputs++] = optarg;
		return -1;
	case 'm':
		return parse_number("max-memory", optarg, MIB, &server.max_bytes) ? -1 : EXIT_USAGE;
	case 'd':
		return parse_number("destroy-timeout", optarg, NS_PER_MS, &server.destroy_ns) ?
			-1 : EXIT_USAGE;
	case 'c':
		server.copy = true;
		return -1;
	case 'u':
		options->user = optarg;
		return -1;
	case 'h':
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	case 'v':
		puts("displd " VERSION);
		return EXIT_SUCCESS;
	default:
		fputs("displd: see 'displd --help'\n", stderr);
		return EXIT_USAGE;
	}
}

static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "max-memory", required_argument, NULL, 'm' },
		{ "destroy-timeout", required_argument, NULL, 'd' },
		{ "copy", no_argument, NULL, 'c' },
		{ "user", required_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 }
	};
	int option, status;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		status = parse_option(option, options);
		if (status >= 0)
			return status;
	}
	if (optind == argc)
		return -1;
	say("'%s' is not an option; see 'displd --help'", argv[optind]);
	return EXIT_USAGE;
}

/* By name, or by number where there is no list of users. */
static bool find_user(const char *user, uid_t *uid, gid_t *gid)
{
	struct passwd *entry;
	unsigned long number;
	char *end;

	number = strtoul(user, &end, 10);
	if (*user && !*end) {
		*uid = (uid_t)number;
		*gid = (gid_t)number;
		return number;
	}
	entry = getpwnam(user);
	if (!entry)
		return false;
	*uid = entry->pw_uid;
	*gid = entry->pw_gid;
	return true;
}

/* All devices are open. From now on, an error in displd is worth little to an attacker. */
static bool drop_privileges(const char *user)
{
	uid_t uid;
	gid_t gid;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return false;
	if (geteuid())
		return true;
	if (!find_user(user, &uid, &gid)) {
		say("there is no user '%s'; name one with --user, or give a number", user);
		return false;
	}
	if (!setgroups(0, NULL) && !setgid(gid) && !setuid(uid))
		return true;
	say("cannot become '%s': %s", user, strerror(errno));
	return false;
}

static void on_store(struct source *source) { (void)source; displays_store_ready(); }
static void on_event(struct source *source) { (void)source; displays_event_ready(); }

static bool ended;

static void on_signal(struct source *source)
{
	struct signalfd_siginfo signal;

	if (read(source->fd, &signal, sizeof(signal)) != sizeof(signal))
		return;
	if (signal.ssi_signo == SIGUSR1)
		displays_report();
	else
		ended = true;
}

/* Signals are read from a descriptor, so that no call is interrupted. */
static int block_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR1);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int run(int signals)
{
	struct source sources[] = {
		{ .fd = xs_fileno(server.store), .ready = on_store },
		{ .fd = xenevtchn_fd(server.events), .ready = on_event },
		{ .fd = signals, .ready = on_signal },
	};
	bool more = true;
	unsigned int i;
	int error;

	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (loop_add(&sources[i])) {
			say("cannot poll: %s", strerror(errno));
			return EXIT_FAILURE;
		}
	}
	error = displays_open();
	if (error) {
		say("cannot watch the displays in xenstore: %s", strerror(-error));
		return EXIT_FAILURE;
	}
	say("ready");
	while (!ended) {
		if (loop_turn(!more) && errno != EINTR)
			break;
		more = displays_more();
	}
	displays_close();
	return EXIT_SUCCESS;
}

static void close_all(void)
{
	while (server.nr_outputs) {
		server.nr_outputs--;
		server.outputs[server.nr_outputs]->class->close(server.outputs[server.nr_outputs]);
	}
	xengnttab_close(server.grants);
	xenevtchn_close(server.events);
	xs_close(server.store);
	xtl_logger_destroy(logger);
}

static bool open_outputs(const struct options *options)
{
	unsigned int i;

	if (!options->nr_outputs)
		return add_output("kms");
	for (i = 0; i < options->nr_outputs; i++)
		if (!add_output(options->outputs[i]))
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct options options = { .user = "nobody" };
	int status = parse_options(argc, argv, &options);
	int signals;

	if (status >= 0)
		return status;
	raise_limits();
	signals = block_signals();
	if (signals < 0 || loop_open() || !open_xen() || !check_kernel() ||
	    !open_outputs(&options) || !drop_privileges(options.user))
		return EXIT_FAILURE;
	status = run(signals);
	close_all();
	return status;
}
