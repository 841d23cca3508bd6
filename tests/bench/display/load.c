// SPDX-License-Identifier: GPL-2.0
/*
 * How much CPU time the domains take while displays are shown.
 *
 *   display-load SECONDS DOMID [PID]
 *
 * Prints the time that Dom0 and the domain DOMID ran in the next SECONDS, in nanoseconds, with
 * the time that Xen ran for them. The process PID gets SIGUSR1 at the begin and at the end, so that
 * it prints its counters.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <time.h>

#include <xenctrl.h>

struct look {
	uint64_t dom0, domu, now;
};

static uint64_t cpu_time(xc_interface *xen, uint32_t domid)
{
	xc_domaininfo_t info;

	if (xc_domain_getinfolist(xen, domid, 1, &info) != 1 || info.domain != domid) {
		fprintf(stderr, "display-load: there is no domain %u\n", domid);
		exit(1);
	}
	return info.cpu_time;
}

static struct look look(xc_interface *xen, uint32_t domid)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (struct look){
		.dom0 = cpu_time(xen, 0),
		.domu = cpu_time(xen, domid),
		.now = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec,
	};
}

int main(int argc, char **argv)
{
	struct timespec time = { 0 };
	struct look before, after;
	xc_interface *xen;
	uint32_t domid;
	pid_t pid;

	if (argc < 3) {
		fputs("usage: display-load SECONDS DOMID [PID]\n", stderr);
		return 2;
	}
	time.tv_sec = atoi(argv[1]);
	domid = (uint32_t)atoi(argv[2]);
	pid = argc > 3 ? atoi(argv[3]) : 0;
	xen = xc_interface_open(NULL, NULL, 0);
	if (!xen) {
		perror("display-load: cannot talk to Xen");
		return 1;
	}
	if (pid)
		kill(pid, SIGUSR1);
	before = look(xen, domid);
	nanosleep(&time, NULL);
	after = look(xen, domid);
	if (pid)
		kill(pid, SIGUSR1);
	printf("dom0 %" PRIu64 " domu %" PRIu64 " time %" PRIu64 "\n", after.dom0 - before.dom0,
	       after.domu - before.domu, after.now - before.now);
	return 0;
}
