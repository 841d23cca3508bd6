// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "command.h"
#include "holders.h"

/* The name by which the kernel's module calls itself as an exporter of dma-bufs. */
#define EXPORTER	"xen_gntdev"
#define DMABUF_LINK	"/dmabuf:"
/* What gntdev names its dma-bufs. */
#define DMABUF_NAME	"xen-dom"
#define GNTDEV		"/dev/xen/gntdev"

/**
 * struct process - what is collected of the process that is looked at
 * @files: descriptors of different gntdev files
 * @users: the dma-bufs that it uses, one for each inode
 */
struct process {
	pid_t pid;
	char command[HOLDERS_WORD];
	int *files;
	size_t file_count;
	struct dmabuf_user *users;
	size_t user_count;
	const struct holders_ops *ops;
	void *context;
};

static void read_command(struct process *process)
{
	char path[64], line[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)process->pid);
	file = fopen(path, "re");
	if (file) {
		if (!fgets(line, sizeof(line), file))
			line[0] = '\0';
		fclose(file);
	}
	line[strcspn(line, "\n")] = '\0';
	copy_printable(process->command, sizeof(process->command), line);
}

/*
 * By the number of the device: a user can give other files such a name. A file can be one of a
 * user's file system that does not answer, so that is not asked.
 */
static bool is_gntdev(const char *directory, int fd)
{
	struct statx file;
	struct stat gntdev;
	char path[64];

	snprintf(path, sizeof(path), "%s/fd/%d", directory, fd);
	return !statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_TYPE, &file) &&
	       S_ISCHR(file.stx_mode) && !stat(GNTDEV, &gntdev) &&
	       makedev(file.stx_rdev_major, file.stx_rdev_minor) == gntdev.st_rdev;
}

/* False if there is no such descriptor. */
static bool read_fd_link(const char *directory, int fd, char *link, size_t size)
{
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "%s/fd/%d", directory, fd);
	length = readlink(path, link, size - 1);
	if (length < 0)
		return false;
	link[length] = '\0';
	return true;
}

static bool same_file(const struct process *process, int a, int b)
{
	return !syscall(SYS_kcmp, process->pid, process->pid, KCMP_FILE, a, b);
}

/* A file of which this process has several descriptors is looked at once. */
static int add_file(struct process *process, int fd)
{
	size_t i;
	int *files;

	for (i = 0; i < process->file_count; i++)
		if (same_file(process, process->files[i], fd))
			return 0;
	files = reallocarray(process->files, process->file_count + 1, sizeof(*files));
	if (!files)
		return -1;
	process->files = files;
	files[process->file_count++] = fd;
	return 0;
}

static struct dmabuf_user *find_user(const struct process *process, uint64_t inode)
{
	size_t i;

	for (i = 0; i < process->user_count; i++)
		if (process->users[i].inode == inode)
			return &process->users[i];
	return NULL;
}

/* NULL without memory. */
static struct dmabuf_user *new_user(struct process *process, uint64_t inode)
{
	struct dmabuf_user *users;

	users = reallocarray(process->users, process->user_count + 1, sizeof(*users));
	if (!users)
		return NULL;
	process->users = users;
	users += process->user_count++;
	*users = (struct dmabuf_user){ .pid = process->pid, .inode = inode };
	strcpy(users->command, process->command);
	return users;
}

static FILE *open_fdinfo(const struct process *process, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)process->pid, fd);
	return fopen(path, "re");
}

/* @link has the name only if the kernel knows it, and fdinfo tells if it is one of gntdev's. */
static int add_descriptor(struct process *process, int fd, const char *link)
{
	FILE *file = open_fdinfo(process, fd);
	uint64_t inode = 0, size = 0;
	struct dmabuf_user *user;
	bool is_export = false;
	char line[256];

	/* The descriptor may have been closed meanwhile. */
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "ino: %" SCNu64, &inode);
		sscanf(line, "size: %" SCNu64, &size);
		if (!strcmp(line, "exp_name:\t" EXPORTER "\n"))
			is_export = true;
	}
	fclose(file);
	if (!is_export)
		return 0;
	user = find_user(process, inode) ?: new_user(process, inode);
	if (!user)
		return -1;
	user->size = size;
	user->descriptors++;
	copy_printable(user->name, sizeof(user->name), link + strlen(DMABUF_LINK));
	return 0;
}

static int look_at_descriptor(struct process *process, const char *directory, int fd)
{
	char link[256];

	if (is_gntdev(directory, fd))
		return add_file(process, fd);
	if (process->ops->user && read_fd_link(directory, fd, link, sizeof(link)) &&
	    !strncmp(link, DMABUF_LINK, strlen(DMABUF_LINK)))
		return add_descriptor(process, fd, link);
	return 0;
}

static int look_at_descriptors(struct process *process)
{
	char directory[32], path[40];
	struct dirent *entry;
	int result = 0;
	DIR *dir;

	snprintf(directory, sizeof(directory), "/proc/%d", (int)process->pid);
	snprintf(path, sizeof(path), "%s/fd", directory);
	dir = opendir(path);
	if (!dir)
		return -1;
	errno = 0;
	while (!result && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			result = look_at_descriptor(process, directory, atoi(entry->d_name));
	closedir(dir);
	return result;
}

static int add_mapping(struct process *process, uint64_t inode, const char *name)
{
	struct dmabuf_user *user = find_user(process, inode);

	/* Without a descriptor only the name tells that it is one of gntdev's. */
	if (!user && strncmp(name, DMABUF_NAME, strlen(DMABUF_NAME)))
		return 0;
	user = user ?: new_user(process, inode);
	if (!user)
		return -1;
	user->mappings++;
	copy_printable(user->name, sizeof(user->name), name);
	return 0;
}

/* Mappings are there also when the descriptors are closed. */
static int look_at_mappings(struct process *process)
{
	char path[64], *line = NULL;
	int result = 0;
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)process->pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (!result && getline(&line, &room, file) > 0) {
		const char *name = strstr(line, " " DMABUF_LINK);
		uint64_t inode;

		if (!name || sscanf(line, "%*s %*s %*s %*s %" SCNu64, &inode) != 1)
			continue;
		line[strcspn(line, "\n")] = '\0';
		result = add_mapping(process, inode, name + 1 + strlen(DMABUF_LINK));
	}
	free(line);
	fclose(file);
	return result;
}

/* "id 3 kind export state live domid 1 pages 900"; later kernels may add pairs. */
static void parse_buffer(char *line, struct held_buffer *buffer)
{
	char *rest, *word = strtok_r(line, " \t\n", &rest);

	for (; word; word = strtok_r(NULL, " \t\n", &rest)) {
		const char *value = strtok_r(NULL, " \t\n", &rest);

		if (!value)
			return;
		if (!strcmp(word, "id"))
			buffer->id = strtoull(value, NULL, 10);
		else if (!strcmp(word, "kind"))
			copy_printable(buffer->kind, sizeof(buffer->kind), value);
		else if (!strcmp(word, "state"))
			copy_printable(buffer->state, sizeof(buffer->state), value);
		else if (!strcmp(word, "domid"))
			buffer->domid = (uint32_t)strtoul(value, NULL, 10);
		else if (!strcmp(word, "pages"))
			buffer->pages = (uint32_t)strtoul(value, NULL, 10);
	}
}

static void query_buffer(int gntdev, struct held_buffer *buffer)
{
	buffer->query = (struct gntdev_dmabuf_query){
		.size = sizeof(buffer->query), .id = buffer->id,
	};
	buffer->has_query = gntdev >= 0 && !ioctl(gntdev, GNTDEV_DMABUF_QUERY, &buffer->query);
}

static void report_buffers(struct process *process, int fd, int gntdev)
{
	static const char key[] = "dmabuf:";
	FILE *file = open_fdinfo(process, fd);
	size_t room = 0;
	char *line = NULL;

	if (!file)
		return;
	while (getline(&line, &room, file) > 0) {
		struct held_buffer buffer = { .pid = process->pid, .fd = fd };

		if (strncmp(line, key, strlen(key)))
			continue;
		strcpy(buffer.command, process->command);
		parse_buffer(line + strlen(key), &buffer);
		query_buffer(gntdev, &buffer);
		process->ops->buffer(process->context, &buffer);
	}
	free(line);
	fclose(file);
}

static void report_file(struct process *process, int fd)
{
	struct held_file file = { .pid = process->pid, .fd = fd };

	file.gntdev = holders_take_file(process->pid, fd);
	strcpy(file.command, process->command);
	if (process->ops->file)
		process->ops->file(process->context, &file);
	if (process->ops->buffer)
		report_buffers(process, fd, file.gntdev);
	if (file.gntdev >= 0)
		close(file.gntdev);
}

static void report(struct process *process)
{
	size_t i;

	for (i = 0; i < process->file_count; i++)
		report_file(process, process->files[i]);
	for (i = 0; process->ops->user && i < process->user_count; i++)
		process->ops->user(process->context, &process->users[i]);
}

/* Returns -1 with errno set. */
static int look_at_process(pid_t pid, const struct holders_ops *ops, void *context)
{
	struct process process = { .pid = pid, .ops = ops, .context = context };
	int result;

	read_command(&process);
	result = look_at_descriptors(&process);
	if (!result && ops->user)
		result = look_at_mappings(&process);
	if (!result)
		report(&process);
	free(process.files);
	free(process.users);
	return result;
}

static int look_at_all(const struct holders_ops *ops, void *context)
{
	int refused = 0, result = 0;
	struct dirent *entry;
	DIR *dir = opendir("/proc");

	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir))) {
		pid_t pid = (pid_t)atoi(entry->d_name);

		if (pid <= 0 || !look_at_process(pid, ops, context))
			continue;
		if (errno == ENOMEM)
			result = -1;
		/* Processes that have ended meanwhile have no buffers. */
		if (errno == EACCES || errno == EPERM)
			refused++;
	}
	closedir(dir);
	return result ? -1 : refused;
}

int holders_scan(pid_t pid, const struct holders_ops *ops, void *context)
{
	if (!pid)
		return look_at_all(ops, context);
	if (!look_at_process(pid, ops, context))
		return 0;
	if (errno == ENOENT)
		errno = ESRCH;
	return -1;
}

int holders_take_file(pid_t pid, int fd)
{
	int process = (int)syscall(SYS_pidfd_open, pid, 0);
	int file = -1, error = EBADF;
	char directory[32];

	if (process < 0)
		return -1;
	snprintf(directory, sizeof(directory), "/proc/%d", (int)pid);
	/* Closing a duplicate of another file could take for ever. */
	if (is_gntdev(directory, fd)) {
		file = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
		error = errno;
	}
	close(process);
	errno = error;
	if (file < 0)
		return -1;
	/* The descriptor may have been closed and opened again for something else. */
	if (is_gntdev("/proc/self", file))
		return file;
	close(file);
	errno = EBADF;
	return -1;
}
