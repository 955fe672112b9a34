/* SPDX-License-Identifier: MIT */
#include "process/owner.h"

#include "process/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* <linux/pidfd.h> defines these since Linux 6.13. The build machine's header may be older. */
struct info {
	uint64_t mask, cgroup;
	uint32_t pid, tgid, ppid;
	uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};
#define GET_INFO   _IOWR(0xFF, 11, struct info)
#define INFO_CREDS (UINT64_C(1) << 1)
#define OF_THREAD  O_EXCL /* PIDFD_THREAD, Linux 6.9 */

enum { PASSWD_MOST = 1 << 16 /* bytes of /etc/passwd that are read */ };

static int open_pidfd(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	/* Without this flag pidfd_open() fails if `pid` is a thread that isn't a thread-group leader. */
	return fd < 0 && errno != ESRCH ? (int)syscall(SYS_pidfd_open, pid, OF_THREAD) : fd;
}

/* Reads the user and the group of the next entry, and moves *line behind it. Returns false at the end. */
static bool next_user(char **line, unsigned *uid, unsigned *gid)
{
	while (**line) {
		char *end = strchr(*line, '\n'), *p = *line;

		if (end)
			*end = '\0';
		*line = end ? end + 1 : p + strlen(p);
		/* name:password:uid:gid: */
		p = strchr(p, ':');
		p = p ? strchr(p + 1, ':') : NULL;
		if (!p || p[1] < '0' || p[1] > '9')
			continue;
		*uid = (unsigned)strtoul(p + 1, &p, 10);
		if (*p != ':' || p[1] < '0' || p[1] > '9')
			continue;
		*gid = (unsigned)strtoul(p + 1, NULL, 10);
		return true;
	}
	return false;
}

/* Calls attempt() with the user and the group of each entry of /etc/passwd, while it fails with -ENOENT or -EPERM. */
static int try_users(int (*attempt)(const void *context, unsigned uid, unsigned gid), const void *context)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC), r = -ENOENT;
	char *text = fd < 0 ? NULL : malloc(PASSWD_MOST);
	ssize_t n = text ? proc_read(fd, text, PASSWD_MOST - 1) : -1;
	unsigned uid, gid;
	char *line = text;

	if (n >= 0) {
		text[n] = '\0';
		while ((r == -ENOENT || r == -EPERM) && next_user(&line, &uid, &gid))
			r = attempt(context, uid, gid);
	}
	free(text);
	if (fd >= 0)
		close(fd);
	return r;
}

int owner_try(pid_t pid, int (*attempt)(const void *context, unsigned uid, unsigned gid), const void *context)
{
	struct info info = { .mask = INFO_CREDS };
	int fd = open_pidfd(pid);
	bool known;

	if (fd < 0 && errno == ESRCH)
		return -ENOENT;
	known = fd >= 0 && !ioctl(fd, GET_INFO, &info) && info.mask & INFO_CREDS;
	if (fd >= 0)
		close(fd);
	return known ? attempt(context, info.fsuid, info.fsgid) : try_users(attempt, context);
}
