/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which processes have which buffers, out of /proc. A buffer's id belongs to an open file of
 * gntdev, so a buffer is named by a process, a descriptor of that process and an id.
 */
#ifndef HOLDERS_H
#define HOLDERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <xen/gntdev_dmabuf.h>

#define HOLDERS_WORD	16

/**
 * struct held_buffer - a buffer of an open gntdev file, which is not released
 * @pid, @fd: the process and its descriptor of the file
 * @command: the name of the program; printable characters only
 * @id, @kind, @state, @domid, @pages: as fdinfo has them
 * @has_query: @query is set. It is not if the caller may not duplicate the descriptor
 * @query: the answer of the kernel to QUERY
 */
struct held_buffer {
	pid_t pid;
	int fd;
	char command[HOLDERS_WORD];
	uint64_t id;
	char kind[HOLDERS_WORD], state[HOLDERS_WORD];
	uint32_t domid, pages;
	bool has_query;
	struct gntdev_dmabuf_query query;
};

/**
 * struct held_file - an open gntdev file
 * @gntdev: a duplicate of the descriptor for the time of the call, or -1 if the caller may not
 *          have one
 */
struct held_file {
	pid_t pid;
	int fd;
	char command[HOLDERS_WORD];
	int gntdev;
};

#define HOLDERS_NAME	64

/**
 * struct dmabuf_user - a process that has descriptors or mappings of the dma-buf of an export
 * @inode: tells dma-bufs of the same name apart
 * @size: in bytes; 0 if the process has mappings only
 * @name: given by gntdev, but a process can change it; printable characters only
 */
struct dmabuf_user {
	pid_t pid;
	char command[HOLDERS_WORD];
	uint64_t inode, size;
	char name[HOLDERS_NAME];
	unsigned int descriptors, mappings;
};

/*
 * What a scan calls for each thing it finds, a file before its buffers. Each of them can be NULL.
 */
struct holders_ops {
	void (*file)(void *context, const struct held_file *file);
	void (*buffer)(void *context, const struct held_buffer *buffer);
	void (*user)(void *context, const struct dmabuf_user *user);
};

/**
 * Look at one process, or at all of them.
 *
 * @param pid the process; 0: all of them
 * @return how many processes the caller may not look at, or -1 with errno set: ESRCH there is no
 *         process @pid, EACCES the caller may not look at it, ENOMEM
 */
int holders_scan(pid_t pid, const struct holders_ops *ops, void *context);

/**
 * Duplicate a descriptor of gntdev of another process. While the duplicate is open the file does
 * not close when that process ends, and its imports do not end by that. So close it soon.
 *
 * @return a descriptor, or -1 with errno set: ESRCH no such process, EBADF it has no such
 *         descriptor of gntdev, EPERM the caller may not trace that process
 */
int holders_take_file(pid_t pid, int fd);

#endif /* HOLDERS_H */
