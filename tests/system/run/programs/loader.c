/* SPDX-License-Identifier: MIT
 *
 * A 32-bit program that makes a socket, or loads seccomp filters of its own. Exits with 0 if all of that works.
 *
 * Usage: loader socket     makes a socket
 *        loader filter     loads a filter that refuses direct socket calls, and makes a socket
 *        loader hindering  loads a filter that kills at mmap2: no supervisor can extend a later one
 *        loader hindered   does that, writes a byte to standard output, reads one from standard input, and loads the
 *                          filter that refuses direct socket calls
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __i386__
#error "a program for i386"
#endif

enum { FAILED_LOAD = 2, FAILED_SOCKET, FAILED_PIPE, FAILED_USAGE };

static bool makes_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

/* Loads a filter that answers system calls `first` to `last` with the verdict `answer`, and allows all others. */
static bool loads(unsigned first, unsigned last, unsigned answer)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static int loads_refusing(void)
{
	return loads(SYS_socket, SYS_shutdown, SECCOMP_RET_ERRNO | EPERM);
}

static int loads_hindering(void)
{
	return loads(SYS_mmap2, SYS_mmap2, SECCOMP_RET_KILL_PROCESS);
}

int main(int argc, char **argv)
{
	char byte = '\n';

	if (argc != 2)
		return FAILED_USAGE;
	if (!strcmp(argv[1], "socket"))
		return makes_socket() ? 0 : FAILED_SOCKET;
	if (!strcmp(argv[1], "filter"))
		return !loads_refusing() ? FAILED_LOAD : makes_socket() ? 0 : FAILED_SOCKET;
	if (!strcmp(argv[1], "hindering"))
		return loads_hindering() ? 0 : FAILED_LOAD;
	if (strcmp(argv[1], "hindered") != 0)
		return FAILED_USAGE;
	if (!loads_hindering())
		return FAILED_LOAD;
	if (write(STDOUT_FILENO, &byte, 1) != 1 || read(STDIN_FILENO, &byte, 1) != 1)
		return FAILED_PIPE;
	return loads_refusing() ? 0 : FAILED_LOAD;
}
