/* SPDX-License-Identifier: MIT
 * Uses the Go library of plugin.go and prints what it returns. With -DLINKED the library is linked. Otherwise the usage
 * is user LIBRARY [FIRST]: opens the library by dlopen(), and with a second argument makes a socket before that. */
#include <dlfcn.h>
#include <stdio.h>
#include <sys/socket.h>

#ifdef LINKED
char *Talk(void);

int main(void)
{
	puts(Talk());
	return 0;
}
#else
int main(int argc, char **argv)
{
	char *(*talk)(void) = NULL;
	void *library;

	if (argc > 2)
		printf("a socket: %d\n", socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
	library = dlopen(argv[1], RTLD_NOW);
	if (library)
		*(void **)&talk = dlsym(library, "Talk");
	if (!talk) {
		puts(dlerror());
		return 1;
	}
	puts(talk());
	return 0;
}
#endif
