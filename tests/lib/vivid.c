// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/videodev2.h>

#include "case.h"
#include "restore.h"
#include "vivid.h"

#define NODES		16
#define BUFFERS		4
#define FRAME_MS	10000

/* A menu control. The first output follows "Test Pattern" and "Disconnected". */
#define CONNECTION	"HDMI 000-0 Is Connected To"
#define FIRST_OUTPUT	2
#define CONNECTED_MS	100
/* Value of the menu control for the text over the picture. */
#define NO_TEXT		2

/* ---- the module */

/*
 * One device with video capture and output (0x101). The inputs are a camera and HDMI (2 bits
 * each, 0 and 3), the output is HDMI (1 bit, 1).
 */
#define ONE_DEVICE	"n_devs=1 node_types=0x101 num_inputs=2 input_types=0xc " \
			"num_outputs=1 output_types=1"

static void take_out(void *argument)
{
	(void)argument;
	if (!access("/sys/module/vivid", F_OK) && system("modprobe -r vivid"))
		note("vivid stays loaded");
}

void vivid_unload(void)
{
	REQUIRE(!system("modprobe -r vivid"));
}

void vivid_load(enum vivid_allocator allocator)
{
	static bool guarded;
	char command[256];

	if (!guarded)
		when_over(take_out, NULL);
	guarded = true;
	snprintf(command, sizeof(command), "modprobe vivid " ONE_DEVICE " allocators=%d",
		 allocator);
	REQUIRE(!system(command));
}

/* ---- a side */

static int open_node(uint32_t capability)
{
	struct v4l2_capability has;
	char path[32];
	unsigned int i;
	int fd;

	for (i = 0; i < NODES; i++) {
		snprintf(path, sizeof(path), "/dev/video%u", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		REQUIRE(!ioctl(fd, VIDIOC_QUERYCAP, &has));
		if (has.device_caps & capability)
			return fd;
		close(fd);
	}
	return -1;
}

static void set_format(struct video *video)
{
	struct v4l2_format format = { .type = video->type };

	REQUIRE(!ioctl(video->fd, VIDIOC_G_FMT, &format));
	format.fmt.pix.pixelformat = V4L2_PIX_FMT_XBGR32;
	format.fmt.pix.bytesperline = 0;
	REQUIRE(!ioctl(video->fd, VIDIOC_S_FMT, &format));
	REQUIRE(format.fmt.pix.pixelformat == V4L2_PIX_FMT_XBGR32);
	video->bytes = format.fmt.pix.sizeimage;
	note("pictures of %u x %u, %u bytes", format.fmt.pix.width, format.fmt.pix.height,
	     video->bytes);
}

static void request_buffers(struct video *video, uint32_t count)
{
	struct v4l2_requestbuffers args = {
		.type = video->type,
		.memory = video->memory,
		.count = count,
	};

	REQUIRE(!ioctl(video->fd, VIDIOC_REQBUFS, &args));
}

static void open_side(struct video *video, uint32_t capability, uint32_t type)
{
	*video = (struct video){ .type = type, .memory = V4L2_MEMORY_DMABUF };
	/* The node appears shortly after the module is loaded. */
	REQUIRE(WITHIN_MS(2000, (video->fd = open_node(capability)) >= 0));
}

/* Finds a control by its name, because the ids of vivid's controls are not part of an ABI. */
static uint32_t find_control(struct video *video, const char *name)
{
	struct v4l2_queryctrl control = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };

	while (!ioctl(video->fd, VIDIOC_QUERYCTRL, &control)) {
		if (!strcmp((const char *)control.name, name))
			return control.id;
		control.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
	}
	case_error(__FILE__, __LINE__, "vivid has no control '%s'", name);
}

static bool set_control(struct video *video, const char *name, int32_t value)
{
	struct v4l2_control args = { .id = find_control(video, name), .value = value };

	return !ioctl(video->fd, VIDIOC_S_CTRL, &args);
}

static int32_t get_control(struct video *video, const char *name)
{
	struct v4l2_control args = { .id = find_control(video, name) };

	REQUIRE(!ioctl(video->fd, VIDIOC_G_CTRL, &args));
	return args.value;
}

/*
 * A work item of vivid limits the menu to outputs that are not connected. If it runs before the
 * control has its new value, it disconnects this input again.
 */
static bool connect_input(struct video *video)
{
	bool set = set_control(video, CONNECTION, FIRST_OUTPUT);

	sleep_ms(CONNECTED_MS);
	return set && get_control(video, CONNECTION) == FIRST_OUTPUT;
}

void video_open_capture(struct video *video, enum vivid_input input)
{
	int number = input;

	open_side(video, V4L2_CAP_VIDEO_CAPTURE, V4L2_BUF_TYPE_VIDEO_CAPTURE);
	REQUIRE(!ioctl(video->fd, VIDIOC_S_INPUT, &number));
	if (input == VIVID_HDMI) {
		REQUIRE(WITHIN_MS(5000, connect_input(video)));
		REQUIRE(set_control(video, "OSD Text Mode", NO_TEXT));
	}
	set_format(video);
	request_buffers(video, BUFFERS);
}

void video_open_output(struct video *video)
{
	open_side(video, V4L2_CAP_VIDEO_OUTPUT, V4L2_BUF_TYPE_VIDEO_OUTPUT);
	set_format(video);
	request_buffers(video, BUFFERS);
}

void video_allocate(struct video *video)
{
	request_buffers(video, 0);
	video->memory = V4L2_MEMORY_MMAP;
	request_buffers(video, BUFFERS);
}

int video_export(struct video *video, unsigned int index)
{
	struct v4l2_exportbuffer args = {
		.type = video->type,
		.index = index,
		.flags = O_RDWR | O_CLOEXEC,
	};

	REQUIRE(!ioctl(video->fd, VIDIOC_EXPBUF, &args));
	return args.fd;
}

void video_close(struct video *video)
{
	REQUIRE(!ioctl(video->fd, VIDIOC_STREAMOFF, &video->type));
	request_buffers(video, 0);
	close(video->fd);
}

/* ---- pictures */

int video_queue(struct video *video, unsigned int index, int dmabuf)
{
	struct v4l2_buffer buffer = {
		.type = video->type,
		.memory = video->memory,
		.index = index,
		.field = V4L2_FIELD_NONE,
		.bytesused = video->bytes,
		.length = video->bytes,
		.m.fd = dmabuf,
	};

	return ioctl(video->fd, VIDIOC_QBUF, &buffer);
}

void video_start(struct video *video)
{
	CHECK_OK(ioctl(video->fd, VIDIOC_STREAMON, &video->type));
}

unsigned int video_dequeue(struct video *video)
{
	struct pollfd ready = { .fd = video->fd, .events = POLLIN | POLLOUT };
	struct v4l2_buffer buffer = {
		.type = video->type,
		.memory = video->memory,
	};

	if (poll(&ready, 1, FRAME_MS) != 1)
		FAIL("vivid is not done with a picture after %u ms", FRAME_MS);
	CHECK_OK(ioctl(video->fd, VIDIOC_DQBUF, &buffer));
	CHECK(!(buffer.flags & V4L2_BUF_FLAG_ERROR));
	CHECK_EQ(buffer.bytesused, video->bytes);
	return buffer.index;
}
