/* SPDX-License-Identifier: MIT
 * Cancels a thread in accept(), which is the first multiplexed call of a process with threads; then two threads talk to
 * each other over TCP. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in address = { .sin_family = AF_INET };

static void *be_client(void *unused)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char byte = 0;

	if (connect(fd, (struct sockaddr *)&address, sizeof address))
		printf("connect: %s\n", strerror(errno));
	else if (send(fd, "x", 1, 0) != 1 || recv(fd, &byte, 1, 0) != 1)
		printf("send, recv: %s\n", strerror(errno));
	printf("the client has got %c\n", byte ? byte : '-');
	return unused;
}

static pid_t accepting; /* the TID of the thread that is about to call accept(); 0 before */

static void *accept_one(void *listener)
{
	int fd;

	__atomic_store_n(&accepting, gettid(), __ATOMIC_SEQ_CST);
	fd = accept(*(int *)listener, NULL, NULL);

	printf("accept: %s\n", fd < 0 ? strerror(errno) : "accepted");
	return NULL;
}

/* Waits until that thread sleeps, as far as three looks in a row can tell; a minute at most. */
static void wait_asleep(void)
{
	char path[64], line[512];

	for (int tries = 0, asleep = 0; tries < 60000 && asleep < 3; tries++) {
		pid_t tid = __atomic_load_n(&accepting, __ATOMIC_SEQ_CST);
		const char *name = NULL;
		FILE *stat;

		snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
		stat = tid ? fopen(path, "re") : NULL;
		if (stat && fgets(line, sizeof line, stat))
			name = strrchr(line, ')');
		if (stat)
			fclose(stat);
		asleep = name && name[1] && name[2] == 'S' ? asleep + 1 : 0;
		usleep(1000);
	}
}

int main(void)
{
	struct timeval time = { .tv_sec = 20 };
	socklen_t size = sizeof address;
	pthread_t thread;
	void *result;
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
	char byte;

	setbuf(stdout, NULL);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &size) ||
	    setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time)) {
		printf("listener: %s\n", strerror(errno));
		return 1;
	}
	/* The first call through glibc's cancellation stub. */
	pthread_create(&thread, NULL, accept_one, &listener);
	wait_asleep();
	pthread_cancel(thread);
	pthread_join(thread, &result);
	printf("cancelled: %d\n", result == PTHREAD_CANCELED);
	pthread_create(&thread, NULL, be_client, NULL);
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		printf("accept: %s\n", strerror(errno));
	else if (recv(fd, &byte, 1, 0) == 1)
		(void)!send(fd, "y", 1, 0);
	pthread_join(thread, NULL);
	return 0;
}
