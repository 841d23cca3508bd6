/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A received buffer, mapped for reading.
 */
#ifndef VIEW_H
#define VIEW_H

#include "picture.h"
#include "session.h"

/**
 * struct view - a mapping
 * @data: where the content begins
 * @content: what it is. The library has checked that the picture is inside of the data
 */
struct view {
	const struct xengnttab_dmabuf_content *content;
	const uint8_t *data;
	int fd;
	void *memory;
	size_t size;
};

/* Returns EXIT_OK, or the exit code after a message. */
int view_open(struct view *view, const struct session *session);
void view_close(struct view *view);

/* DMA_BUF_IOCTL_SYNC around reading. */
void view_begin(const struct view *view);
void view_end(const struct view *view);

/*
 * The content as a picture, with its memory NULL. EXIT_OK, or the exit code after a message that
 * @otherwise ends: what to do if it cannot be converted.
 */
int view_picture(const struct xengnttab_dmabuf_content *content, struct picture *picture,
		 const char *otherwise);

#endif /* VIEW_H */
