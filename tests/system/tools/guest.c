/* SPDX-License-Identifier: MIT
 *
 * Usage: guest WORD [NUMBER]
 * A static program that tests/system/tools/vm.long runs in its guests. WORD chooses what it does. It exits with 0 if
 * that succeeds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Writes n pseudo-random bytes, the same ones on every machine. */
static int write_bytes(long n)
{
	uint32_t state = 1;

	for (; n > 0; n--) {
		state = state * 1664525 + 1013904223;
		putchar((int)(state >> 24));
	}
	return fflush(stdout) != 0;
}

static int say_uname(void)
{
	struct utsname name;

	if (uname(&name))
		return 1;
	printf("%s %s\n", name.machine, name.release);
	return 0;
}

static int say_ids(void)
{
	printf("%u %u %u %u, ", getuid(), geteuid(), getgid(), getegid());
	printf("%d groups, %d descriptors\n", getgroups(0, NULL), dup(0));
	return 0;
}

static int answer(const char *what, long result)
{
	printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "works");
	return result < 0;
}

/* Loads a filter that refuses getppid() with EXDEV, and calls getppid(). 0 if that fails. */
static int try_seccomp(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return answer("seccomp", -1);
	return answer("getppid", syscall(SYS_getppid)) != 1;
}

static int try_loopback(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof address;
	int one = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0);
	char byte = 'x';

	if (bind(one, (struct sockaddr *)&address, length) || getsockname(one, (struct sockaddr *)&address, &length))
		return answer("bind", -1);
	if (sendto(other, &byte, 1, 0, (struct sockaddr *)&address, length) != 1)
		return answer("sendto", -1);
	return answer("loopback", recv(one, &byte, 1, 0));
}

/* Starts a process that keeps the output open for ever, and exits. */
static int leave(void)
{
	if (fork() == 0) {
		setsid();
		for (;;)
			pause();
	}
	puts("left");
	return 0;
}

__attribute__((noreturn)) static void hang(void)
{
	puts("before");
	fflush(stdout);
	for (;;)
		pause();
}

/* Closes its output, and exits some time later. */
static int silent(void)
{
	close(1);
	close(2);
	usleep(200000);
	return 9;
}

/* Prints the name of process 1, which is "init" until it executes the program of --init: waits a minute for that. */
static int say_first(void)
{
	char name[32] = "init\n";

	for (int tries = 0; tries < 6000 && !strcmp(name, "init\n"); tries++) {
		int fd = open("/proc/1/comm", O_RDONLY);
		ssize_t size = fd < 0 ? -1 : read(fd, name, sizeof name - 1);

		if (size <= 0)
			return answer("first", -1);
		name[size] = 0;
		close(fd);
		usleep(10000);
	}
	fputs(name, stdout);
	return 0;
}

static int panic(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY);

	if (write(fd, "c", 1) != 1)
		return answer("panic", -1);
	hang();
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	long number = argc > 2 ? strtol(argv[2], NULL, 0) : 0;

	if (getpid() == 1)
		hang();
	if (!strcmp(word, "uname"))
		return say_uname();
	if (!strcmp(word, "ids"))
		return say_ids();
	if (!strcmp(word, "bytes"))
		return write_bytes(number);
	if (!strcmp(word, "exit"))
		return (int)number;
	if (!strcmp(word, "kill"))
		return raise((int)number);
	if (!strcmp(word, "alg"))
		return answer("AF_ALG", socket(AF_ALG, SOCK_SEQPACKET, 0));
	if (!strcmp(word, "seccomp"))
		return try_seccomp();
	if (!strcmp(word, "loopback"))
		return try_loopback();
	if (!strcmp(word, "leave"))
		return leave();
	if (!strcmp(word, "silent"))
		return silent();
	if (!strcmp(word, "first"))
		return say_first();
	if (!strcmp(word, "hang"))
		hang();
	if (!strcmp(word, "panic"))
		return panic();
#ifdef __x86_64__
	/* The system call's number with x32's bit. */
	if (!strcmp(word, "x32"))
		return answer("x32 getpid", syscall(0x40000000L | SYS_getpid));
#endif
	fprintf(stderr, "guest: no word '%s'\n", word);
	return 99;
}
