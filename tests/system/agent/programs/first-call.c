/* SPDX-License-Identifier: MIT
 *
 * Makes its first socket call, and prints how many microseconds the call took. Exits with 1 if it fails.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

int main(void)
{
	double before = now();
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	printf("%.0f\n", now() - before);
	return fd < 0;
}
