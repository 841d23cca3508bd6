// SPDX-License-Identifier: GPL-2.0
/*
 * A caught signal ends a wait with EINTR. With SA_RESTART the wait continues and keeps its
 * deadline. SIGKILL ends the process immediately.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"

#define PROMPT_MS	5000

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
	(void)signal;
	caught++;
}

static void catch(int flags)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = flags };

	REQUIRE(!sigaction(SIGINT, &action, NULL));
}

static pid_t interrupt_in(unsigned int ms)
{
	pid_t child, parent = getpid();

	child = fork();
	REQUIRE(child >= 0);
	if (child)
		return child;
	/* The thread only sleeps in WAIT. */
	if (!WITHIN_MS(PROMPT_MS, task_state(parent, parent) == 'S'))
		_exit(1);
	sleep_ms(ms);
	kill(parent, SIGINT);
	_exit(0);
}

static void try_interrupted(struct scene *scene, uint64_t deadline)
{
	pid_t child;
	uint64_t start;

	catch(0);
	caught = 0;
	start = now_ns();
	child = interrupt_in(200);
	CHECK_ERRNO(gntdev_wait(scene->guest.gntdev, scene->export.id, deadline),
		    EINTR);
	CHECK_EQ(caught, 1);
	CHECK(now_ns() - start < (200 + 2 * PROMPT_MS) * NSEC_PER_MSEC);
	REQUIRE(waitpid(child, NULL, 0) == child);
}

static void try_restarted(struct scene *scene)
{
	uint64_t deadline;
	pid_t child;

	catch(SA_RESTART);
	caught = 0;
	deadline = in_ms(2 * PROMPT_MS);
	child = interrupt_in(100);
	CHECK_ERRNO(gntdev_wait(scene->guest.gntdev, scene->export.id, deadline),
		    ETIMEDOUT);
	CHECK_EQ(caught, 1);
	CHECK(now_ns() >= deadline);
	CHECK(now_ns() < deadline + PROMPT_MS * NSEC_PER_MSEC);
	REQUIRE(waitpid(child, NULL, 0) == child);
}

static void try_killed(struct scene *scene, uint64_t deadline)
{
	uint64_t start;
	int status;
	pid_t child;

	child = fork();
	REQUIRE(child >= 0);
	if (!child) {
		gntdev_wait(scene->guest.gntdev, scene->export.id, deadline);
		_exit(9);
	}
	REQUIRE(WITHIN_MS(PROMPT_MS, task_state(child, child) == 'S'));
	start = now_ns();
	REQUIRE(!kill(child, SIGKILL));
	if (!WITHIN_MS(PROMPT_MS, waitpid(child, &status, WNOHANG) == child))
		FAIL("the waiter is still there %d ms after SIGKILL", PROMPT_MS);
	CHECK(WIFSIGNALED(status));
	note("killed within %llu us",
	     (unsigned long long)(now_ns() - start) / 1000);
}

int main(void)
{
	struct scene scene;

	scene_open(&scene, 2, 0);
	try_interrupted(&scene, GNTDEV_DMABUF_WAIT_FOREVER);
	try_interrupted(&scene, in_ms(20000));
	try_restarted(&scene);
	try_killed(&scene, GNTDEV_DMABUF_WAIT_FOREVER);
	try_killed(&scene, in_ms(20000));
	scene_close(&scene);
	return CASE_PASS;
}
