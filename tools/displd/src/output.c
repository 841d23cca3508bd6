// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "displd.h"
#include "output.h"

static const struct output_class *const classes[] = { &output_kms, &output_files };

struct output *output_open(const char *words)
{
	const struct output_class *class;
	size_t length = strcspn(words, ":");
	unsigned int i;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		class = classes[i];
		if (strlen(class->name) == length && !strncmp(class->name, words, length))
			return class->open(words[length] ? words + length + 1 : NULL);
	}
	say("'%s' is no output; use kms:DEVICE or files:DIRECTORY", words);
	return NULL;
}
