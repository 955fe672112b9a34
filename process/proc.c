/* SPDX-License-Identifier: MIT */
#include "process/proc.h"

#include "process/child.h"
#include "process/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1 /* <linux/mount.h> */
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000 /* <linux/fcntl.h> */
#endif
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif

enum {
	PATH_SIZE = 64,
	NO_DESCRIPTOR = 255, /* an exit status of proc_hold()'s child, whose other statuses are descriptors */
};

/*
 * The descriptor of the mount of /proc that proc_hold() made, or -1. It is at file scope because a process has one
 * /proc, which all functions here use, and no caller should have to pass it.
 */
static int held = -1;

/* What to do with a file of /proc: stat it if `file` is set, read the link if `link` is set, else open it. */
struct request {
	char path[PATH_SIZE]; /* below /proc */
	int flags;            /* open()'s */
	struct stat *file;
	char *link;
	size_t size; /* of the buffer that `link` points to */
};

static struct request make_request(pid_t pid, const char *name, int flags, struct stat *file)
{
	struct request request = { .flags = flags, .file = file };

	snprintf(request.path, sizeof request.path, "%d/%s", (int)pid, name);
	return request;
}

/* Returns the open file's descriptor, 0 for a stat, or the length of the link; or -errno. */
static int perform(const struct request *request)
{
	char path[PATH_SIZE + 8];
	int r;

	snprintf(path, sizeof path, "%s%s", held < 0 ? "/proc/" : "", request->path);
	if (request->file)
		r = fstatat(held, path, request->file, 0);
	else if (request->link)
		r = (int)readlinkat(held, path, request->link, request->size);
	else
		r = openat(held, path, request->flags | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

/*
 * Performs the request with another file-system user and group, which the kernel checks when a file is opened. Raw
 * system calls set them, because some of libc's functions change every thread of the process. The calls return the
 * previous identity whether they succeed or not, so there is no error to check: without the privilege, the request is
 * performed as the caller.
 */
static int perform_as(const void *context, unsigned uid, unsigned gid)
{
	long own_gid = syscall(SYS_setfsgid, gid), own_uid = syscall(SYS_setfsuid, uid);
	int r = perform(context);

	syscall(SYS_setfsuid, own_uid);
	syscall(SYS_setfsgid, own_gid);
	return r;
}

/*
 * Performs the request as the caller, and if that fails because /proc hides the process, as the owner of the process.
 * hidepid=ptraceable (4) hides all of /proc/PID from processes that may not trace that process: paths fail with ENOENT,
 * or with EPERM if the kernel has the folder cached.
 */
static int perform_or_as_owner(pid_t pid, const struct request *request)
{
	struct stat file;
	struct request status = make_request(pid, "status", 0, &file);
	int r = perform(request);

	/* Every process may stat the status of one that isn't hidden. If that works, only this one file is denied. */
	if ((r != -ENOENT && r != -EPERM) || !perform(&status))
		return r;
	return owner_try(pid, perform_as, request);
}

int proc_open(pid_t pid, const char *name, int flags)
{
	struct request request = make_request(pid, name, flags, NULL);

	return perform_or_as_owner(pid, &request);
}

int proc_open_as(pid_t pid, const char *name, int flags, unsigned uid, unsigned gid)
{
	struct request request = make_request(pid, name, flags, NULL);

	return perform_as(&request, uid, gid);
}

int proc_stat(pid_t pid, const char *name, struct stat *file)
{
	struct request request = make_request(pid, name, 0, file);

	return perform_or_as_owner(pid, &request);
}

int proc_read_link(pid_t pid, const char *name, char *link, size_t size)
{
	struct request request = make_request(pid, name, 0, NULL);
	int r;

	request.link = link;
	request.size = size - 1;
	r = perform_or_as_owner(pid, &request);
	if (r == -EACCES)
		r = owner_try(pid, perform_as, &request);
	if (r < 0)
		return r;
	link[r] = '\0';
	return 0;
}

int proc_open_self(const char *name)
{
	struct request request = { .flags = O_RDONLY };

	snprintf(request.path, sizeof request.path, "self/%s", name);
	return perform(&request);
}

/*
 * open_tree() makes a detached copy of the mount of /proc. No other process sees the copy, and it doesn't keep the
 * original mount busy: a program's umount(2) succeeds as it would without this process. AT_RECURSIVE is necessary in
 * containers, which mount other files over some of /proc: the kernel refuses to copy the mount without these. An outer
 * seccomp filter may kill the process that calls open_tree(). So a child that shares this process' descriptors calls
 * it, and its exit status is the descriptor.
 */
void proc_hold(void)
{
	pid_t pid;
	int status, fd;

	if (held >= 0)
		return;
	pid = (pid_t)syscall(SYS_clone, CLONE_FILES, 0, 0, 0, 0);
	if (pid == 0) {
		fd = (int)syscall(SYS_open_tree, AT_FDCWD, "/proc", OPEN_TREE_CLONE | AT_RECURSIVE | O_CLOEXEC);
		_exit(fd > STDERR_FILENO && fd < NO_DESCRIPTOR ? fd : NO_DESCRIPTOR);
	}
	if (pid < 0 || child_wait(pid, &status) || !WIFEXITED(status) || WEXITSTATUS(status) == NO_DESCRIPTOR)
		return;
	held = WEXITSTATUS(status);
	/* AppArmor may forbid paths in a detached mount. Then the name /proc is used as before. */
	fd = proc_open_self("status");
	if (fd >= 0) {
		close(fd);
		return;
	}
	close(held);
	held = -1;
}

ssize_t proc_read(int fd, void *buffer, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, (char *)buffer + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}
