/* SPDX-License-Identifier: MIT
 * A socket by libc, and one by the raw multiplexed call through syscall(2). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	static const long block[] = { AF_UNIX, SOCK_STREAM, 0 };

	printf("socket(): %s\n", socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? strerror(errno) : "made");
	printf("syscall(SYS_socketcall): %s\n", syscall(SYS_socketcall, 1, block) < 0 ? strerror(errno) : "made");
	return 0;
}
