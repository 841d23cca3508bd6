// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include <linux/dma-buf.h>

#include "command.h"
#include "memory.h"
#include "view.h"

int view_open(struct view *view, const struct session *session)
{
	const struct xengnttab_dmabuf_content *content = &session->event.content;

	*view = (struct view){
		.content = content, .fd = session->event.fd,
		.size = (size_t)(content->offset + content->length),
	};
	view->memory = mmap(NULL, view->size, PROT_READ, MAP_SHARED, view->fd, 0);
	if (view->memory == MAP_FAILED)
		return fail(EXIT_FAILED, "cannot map the dma-buf (%s); a kernel without the "
			    "xen-dmabuf patches cannot", strerror(errno));
	view->data = (const uint8_t *)view->memory + content->offset;
	return EXIT_OK;
}

void view_close(struct view *view)
{
	munmap(view->memory, view->size);
}

void view_begin(const struct view *view)
{
	dmabuf_sync(view->fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
}

void view_end(const struct view *view)
{
	dmabuf_sync(view->fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
}

int view_picture(const struct xengnttab_dmabuf_content *content, struct picture *picture,
		 const char *otherwise)
{
	const struct format *format = format_by_fourcc(content->fourcc);

	if (!content->fourcc)
		return fail(EXIT_FAILED, "the buffer is not a picture; %s", otherwise);
	if (!format || content->modifier)
		return fail(EXIT_FAILED, "pixels of format %08x, modifier %" PRIx64 ", cannot be "
			    "converted; %s", content->fourcc, content->modifier, otherwise);
	if (content->strides[0] / format->bytes < content->width)
		return fail(EXIT_FAILED, "the lines of the picture overlap; %s", otherwise);
	*picture = (struct picture){
		.format = format, .width = content->width, .height = content->height,
		.stride = content->strides[0],
	};
	return EXIT_OK;
}
