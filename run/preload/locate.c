/* SPDX-License-Identifier: MIT */
#include "run/preload/locate.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#define OBJECT "libsocketcall-preload.so"

/* The running executable's folder. /proc may be missing in a container: then the name it was started by. */
static int own_folder(char *folder)
{
	ssize_t n = readlink("/proc/self/exe", folder, PATH_MAX - 1);
	const char *started_as = (const char *)getauxval(AT_EXECFN);

	if (n > 0)
		folder[n] = '\0';
	else if (!started_as || !realpath(started_as, folder))
		return started_as ? -errno : -ENOENT;
	*strrchr(folder, '/') = '\0';
	return 0;
}

int preload_locate(char *path, size_t size, const char **folder)
{
	static const char *const places[] = { "preload", "../lib/socketcall/preload" };
	static char found[PATH_MAX];
	char own[PATH_MAX], object[PATH_MAX + 64];
	int r = own_folder(own);

	if (r)
		return r;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		snprintf(object, sizeof object, "%s/%s", own, places[i]);
		if (!realpath(object, found))
			continue;
		snprintf(object, sizeof object, "%s/i686/%s", found, OBJECT);
		if (access(object, R_OK))
			continue;
		*folder = found;
		if (strpbrk(found, " :$"))
			return -EINVAL;
		return snprintf(path, size, "%s/$PLATFORM/%s", found, OBJECT) < (int)size ? 0 : -ENAMETOOLONG;
	}
	return -ENOENT;
}

int preload_has(const char *list, const char *path)
{
	size_t length = strlen(path);

	for (const char *p = list; *p;) {
		size_t n = strcspn(p, " :");

		if (n == length && memcmp(p, path, n) == 0)
			return 1;
		p += n;
		p += strspn(p, " :");
	}
	return 0;
}

int preload_replaces_text(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r;

	if (page == MAP_FAILED)
		return 0;
	*(volatile char *)page = 0;
	r = mprotect(page, size, PROT_READ | PROT_EXEC);
	munmap(page, size);
	return !r;
}
