/* SPDX-License-Identifier: MIT
 * With a second thread alive, calls send() of a libc in a namespace of its own (dlmopen): glibc 2.41 makes the call by
 * a stub of that libc. With -DCOPY and without position-independent code, the program has a copy of ld.so's _r_debug,
 * which never changes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef COPY
extern struct r_debug _r_debug;
#endif

static void *wait_for_end(void *unused)
{
	for (;;)
		pause();
	return unused;
}

int main(void)
{
	void *libc = dlmopen(LM_ID_NEWLM, "libc.so.6", RTLD_NOW);
	ssize_t (*sends)(int, const void *, size_t, int);
	int (*create)(pthread_t *, const void *, void *(*)(void *), void *);
	int *(*error)(void);
	pthread_t t;

	if (!libc) {
		puts(dlerror());
		return 1;
	}
#ifdef COPY
	if (_r_debug.r_version < 1)
		return 1;
#endif
	*(void **)&sends = dlsym(libc, "send");
	*(void **)&create = dlsym(libc, "pthread_create");
	*(void **)&error = dlsym(libc, "__errno_location");
	/* From glibc 2.34 on; before that, threads are in another library, and there is no such stub. */
	if (create)
		create(&t, NULL, wait_for_end, NULL);
	sends(-1, "", 1, 0);
	printf("send() in a namespace: %s\n", strerror(*error()));
	return 0;
}
