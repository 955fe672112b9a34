/* SPDX-License-Identifier: MIT */
#include "run/preload/locate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#define OBJECT "libsocketcall-preload.so"

/*
 * Finds the running executable's folder. If there is no /proc, as in some containers, uses the name by which the
 * executable was started. Returns 0 or -errno.
 */
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

enum preload_outcome preload_locate(struct preload_place *place)
{
	static const char *const places[] = { "preload", "../lib/socketcall/preload" };
	char own[PATH_MAX], object[PATH_MAX + 64];

	place->error = own_folder(own);
	if (place->error)
		return place->error == -ENOENT ? PRELOAD_NO_FOLDER : PRELOAD_NO_EXECUTABLE;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		snprintf(object, sizeof object, "%s/%s", own, places[i]);
		if (!realpath(object, place->folder))
			continue;
		snprintf(object, sizeof object, "%s/i686/%s", place->folder, OBJECT);
		if (access(object, R_OK))
			continue;
		if (strpbrk(place->folder, " :$"))
			return PRELOAD_UNFIT_FOLDER;
		snprintf(place->object, sizeof place->object, "%s/$PLATFORM/%s", place->folder, OBJECT);
		return PRELOAD_FOUND;
	}
	return PRELOAD_NO_FOLDER;
}

/* True if `path` is one of the objects in `list`, a value of LD_PRELOAD. */
static bool has_object(const char *list, const char *path)
{
	size_t length = strlen(path);

	for (const char *p = list; *p;) {
		size_t n = strcspn(p, " :");

		if (n == length && memcmp(p, path, n) == 0)
			return true;
		p += n;
		p += strspn(p, " :");
	}
	return false;
}

/* Appends the object to LD_PRELOAD, unless it is there. Returns 0 or -errno. */
static int append_to_environment(const char *object)
{
	const char *old = getenv("LD_PRELOAD");
	char *both;
	int r;

	if (!old || !*old)
		return setenv("LD_PRELOAD", object, 1) ? -errno : 0;
	if (has_object(old, object))
		return 0;
	if (asprintf(&both, "%s:%s", old, object) < 0)
		return -ENOMEM;
	r = setenv("LD_PRELOAD", both, 1) ? -errno : 0;
	free(both);
	return r;
}

enum preload_outcome preload_set(bool verbose, struct preload_place *place)
{
	enum preload_outcome outcome = preload_locate(place);

	if (outcome != PRELOAD_FOUND)
		return outcome;
	place->error = verbose && setenv("SOCKETCALL_DEBUG", "1", 0) ? -errno : append_to_environment(place->object);
	return place->error ? PRELOAD_NO_ENVIRONMENT : PRELOAD_FOUND;
}

bool preload_replaces_text(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r;

	if (page == MAP_FAILED)
		return false;
	*(volatile char *)page = 0;
	r = mprotect(page, size, PROT_READ | PROT_EXEC);
	munmap(page, size);
	return !r;
}
