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
#define AT_RECURSIVE 0x8000 /* what a container mounts over files of /proc may not be taken away */
#endif
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif

enum {
	PATH_ROOM = 64,
	NO_DESCRIPTOR = 255, /* an exit status */
};

/*
 * What proc_hold() keeps, or -1. At file scope, because a process has one /proc, which all functions here mean, and
 * which no caller should have to know of.
 */
static int held = -1;

/* A file of /proc that is to be opened with `flags`, unless it is to be looked at, or a link that is to be read. */
struct request {
	char path[PATH_ROOM]; /* below /proc */
	int flags;
	struct stat *file;
	char *link;
	size_t size; /* of what `link` points to */
};

static struct request make_request(pid_t pid, const char *name, int flags, struct stat *file)
{
	struct request request = { .flags = flags, .file = file };

	snprintf(request.path, sizeof request.path, "%d/%s", (int)pid, name);
	return request;
}

/* The descriptor, 0 for a look, or how many bytes a link has; or -errno. */
static int answer(const struct request *request)
{
	char path[PATH_ROOM + 8];
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
 * The kernel looks at the caller's file-system user and group. They are set by raw system calls, because libc's
 * functions would set them in every thread. The calls return the previous identity whether they succeed or not, so
 * there is no error to look at.
 */
static int answer_as(const void *context, unsigned uid, unsigned gid)
{
	long own_gid = syscall(SYS_setfsgid, gid), own_uid = syscall(SYS_setfsuid, uid);
	int r = answer(context);

	syscall(SYS_setfsuid, own_uid);
	syscall(SYS_setfsgid, own_gid);
	return r;
}

/*
 * With hidepid=4 everything of a process is hidden from whoever may not trace it: as if it weren't there, or, when the
 * kernel has its folder cached, by EPERM.
 */
static int answer_hidden(pid_t pid, const struct request *request)
{
	struct stat file;
	struct request status = make_request(pid, "status", 0, &file);
	int r = answer(request);

	/* What everybody may look at elsewhere tells a hidden process from one of which a single file is denied. */
	if ((r != -ENOENT && r != -EPERM) || !answer(&status))
		return r;
	return owner_try(pid, answer_as, request);
}

int proc_open(pid_t pid, const char *name, int flags)
{
	struct request request = make_request(pid, name, flags, NULL);

	return answer_hidden(pid, &request);
}

int proc_open_as(pid_t pid, const char *name, int flags, unsigned uid, unsigned gid)
{
	struct request request = make_request(pid, name, flags, NULL);

	return answer_as(&request, uid, gid);
}

int proc_stat(pid_t pid, const char *name, struct stat *file)
{
	struct request request = make_request(pid, name, 0, file);

	return answer_hidden(pid, &request);
}

int proc_read_link(pid_t pid, const char *name, char *link, size_t size)
{
	struct request request = make_request(pid, name, 0, NULL);
	int r;

	request.link = link;
	request.size = size - 1;
	r = answer_hidden(pid, &request);
	if (r == -EACCES)
		r = owner_try(pid, answer_as, &request);
	if (r < 0)
		return r;
	link[r] = '\0';
	return 0;
}

int proc_open_self(const char *name)
{
	struct request request = { .flags = O_RDONLY };

	snprintf(request.path, sizeof request.path, "self/%s", name);
	return answer(&request);
}

/*
 * open_tree() makes a mount of /proc that nobody else sees, and that doesn't keep the other one busy: umount(2) by a
 * program succeeds as it would without this process. An outer seccomp filter may kill whoever calls it. So a child does
 * that, which shares its descriptors with this process.
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
	/* Where a path that leads nowhere isn't allowed (AppArmor), the name has to do. */
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
