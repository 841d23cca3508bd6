// SPDX-License-Identifier: GPL-2.0
/*
 * QUERY counts the mappings of processes after they are made, inherited by a child, split and
 * unmapped.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"

#define PAGES	6

static uint32_t mappings(struct scene *scene)
{
	struct gntdev_dmabuf_query answer;

	CHECK_OK(gntdev_query(scene->guest.gntdev, scene->export.id, &answer));
	return answer.user_mappings;
}

int main(void)
{
	struct scene scene;
	char *one, *two;
	pid_t child;

	scene_open(&scene, PAGES, 0);
	CHECK_EQ(mappings(&scene), 0);
	one = export_map(&scene.export, PROT_READ);
	CHECK_EQ(mappings(&scene), 1);
	two = export_map(&scene.export, PROT_READ | PROT_WRITE);
	CHECK_EQ(mappings(&scene), 2);
	CHECK(memory_is(one, 0, PAGES, scene.pages.seed));
	CHECK(memory_is(two, 0, PAGES, scene.pages.seed));
	CHECK_EQ(mappings(&scene), 2);

	CHECK_OK(munmap(one, scene.export.size));
	CHECK_EQ(mappings(&scene), 1);

	/* The end of a child only removes the mappings that it inherited. */
	child = fork();
	REQUIRE(child >= 0);
	if (!child)
		_exit(0);
	REQUIRE(waitpid(child, NULL, 0) == child);
	CHECK_EQ(mappings(&scene), 1);

	/* A hole in the middle splits the mapping in two. */
	CHECK_OK(munmap(two + 2 * PAGE_BYTES, PAGE_BYTES));
	CHECK_EQ(mappings(&scene), 2);
	CHECK_OK(munmap(two, 2 * PAGE_BYTES));
	CHECK_EQ(mappings(&scene), 1);
	CHECK_OK(munmap(two, PAGES * PAGE_BYTES));
	CHECK_EQ(mappings(&scene), 0);
	scene_close(&scene);
	return CASE_PASS;
}
