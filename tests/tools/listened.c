/* SPDX-License-Identifier: MIT
 * Usage: listened [--refuse NUMBER] PROGRAM [ARGUMENT]...
 * For tests: runs a program under a seccomp listener that somebody else has, and that stays open. It is told of nothing; or
 * of this system call of i386's, to which it then answers ENOSYS, by a process that stands above the program. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sock_filter nothing[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
static struct sock_filter one[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 0, 3),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

/* Answers one call, unless a signal has withdrawn it. */
static void refuse(int listener)
{
	struct seccomp_notif asked = { 0 };
	struct seccomp_notif_resp answer = { .error = -ENOSYS };

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked))
		return;
	answer.id = asked.id;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* Refuses until nobody is left under the filter. The program's status. */
static int stand_above(pid_t pid, int told)
{
	struct pollfd ready = { .fd = -1, .events = POLLIN };
	int status = 0;

	if (read(told, &ready.fd, sizeof ready.fd) != sizeof ready.fd)
		ready.fd = -1;
	do {
		if (poll(&ready, 1, 20) > 0 && ready.revents & POLLIN)
			refuse(ready.fd);
		/* Who isn't waited for is still there for the listener. */
		if (pid && waitpid(pid, &status, WNOHANG) == pid)
			pid = 0;
	} while (pid || (ready.fd >= 0 && !(ready.revents & POLLHUP)));
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int load(struct sock_fprog *program)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, program);
}

int main(int argc, char **argv)
{
	struct sock_fprog program = { sizeof nothing / sizeof *nothing, nothing };
	int refusing = argc > 2 && !strcmp(argv[1], "--refuse"), ends[2], fd;
	char **command = argv + (refusing ? 3 : 1);

	if (argc < 2 || !*command || pipe2(ends, O_CLOEXEC))
		return 2;
	if (refusing) {
		/* The descriptors are one table until the program's exec, so that its listener is this process' as well. */
		pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);

		if (pid)
			return stand_above(pid, ends[0]);
		one[3].k = (unsigned)strtoul(argv[2], NULL, 0);
		program = (struct sock_fprog){ sizeof one / sizeof *one, one };
	}
	fd = load(&program);
	if (fd < 0 || (refusing ? write(ends[1], &fd, sizeof fd) : dup(fd)) < 0) { /* the copy is inherited */
		fprintf(stderr, "listened: %s\n", strerror(errno));
		_exit(125);
	}
	execvp(command[0], command);
	fprintf(stderr, "listened: %s: %s\n", command[0], strerror(errno));
	_exit(127);
}
