/* SPDX-License-Identifier: MIT
 * Opens the preload, which its argument names, by dlopen(); then makes a socket here and in a thread. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void *make(void *where)
{
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	printf("socket() in %s: %s\n", (const char *)where, s < 0 ? strerror(errno) : "made");
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t t;

	if (argc != 2 || !dlopen(argv[1], RTLD_NOW)) {
		puts(dlerror());
		return 1;
	}
	make("main");
	pthread_create(&t, NULL, make, "a thread");
	pthread_join(t, NULL);
	return 0;
}
