/* SPDX-License-Identifier: MIT */
#include "run/demux/stub.h"
#include "run/preload/bytes.h"

#include <elf.h>

/*
 * The structures link_map and r_debug of <link.h>. Debuggers rely on their layout, so it doesn't change. The build
 * machine's header has them for 64 bits. `next` exists if `version` is 2 or more (glibc 2.35): there is one structure
 * per dlmopen() namespace.
 */
struct map {
	uintptr_t base;
	const char *name;
	const Elf32_Dyn *dynamic;
	const struct map *next;
};
struct debug {
	int version;
	const struct map *first;
	char *notify; /* r_brk: an empty function that ld.so calls when the list of objects changes */
	int state;
	uintptr_t ld_base;
	const struct debug *next;
};

/* musl lacks some of these, and has no cancellation stub to patch. */
extern const struct debug _r_debug __attribute__((weak));
extern const char *gnu_get_libc_version(void) __attribute__((weak));
extern int accept(int, void *, void *) __attribute__((weak));

enum { NAMESPACES = 16 /* glibc's DL_NNS: dlmopen() creates no more */ };

/*
 * At file scope, because ld.so calls glibc_on_objects() without a parameter. ld.so then holds its lock, so no other
 * thread uses these.
 */
static const struct debug *debug;
static uintptr_t seen[NAMESPACES]; /* load addresses of the libcs that stub_patch() has been called for */
static size_t seen_count;

static bool was_seen(uintptr_t base)
{
	for (size_t i = 0; i < seen_count; i++)
		if (seen[i] == base)
			return true;
	return false;
}

/* A libc that has been unloaded is forgotten, because another one may be loaded at the same address. */
void glibc_on_objects(void)
{
	uintptr_t now[NAMESPACES];
	size_t count = 0;

	for (const struct debug *d = debug; d; d = debug->version >= 2 ? d->next : NULL)
		for (const struct map *map = d->first; map; map = map->next) {
			if (!stub_is_in(map->name) || count == NAMESPACES)
				continue;
			if (!was_seen(map->base))
				stub_patch(map->base, NULL);
			now[count++] = map->base;
		}
	for (size_t i = 0; i < count; i++)
		seen[i] = now[i];
	seen_count = count;
}

/* True for version "2.41" and later: these have the cancellation stub. */
static bool has_stub(const char *version)
{
	unsigned major = 0, minor = 0;

	while (*version >= '0' && *version <= '9')
		major = 10 * major + (unsigned)(*version++ - '0');
	if (*version == '.')
		version++;
	while (*version >= '0' && *version <= '9')
		minor = 10 * minor + (unsigned)(*version++ - '0');
	return major > 2 || (major == 2 && minor >= 41);
}

/*
 * Returns the structure that ld.so keeps up to date. In a program that itself refers to _r_debug, that symbol may be a
 * copy (R_386_COPY) from the program's start.
 */
static const struct debug *real_debug(void)
{
	if (_r_debug.first)
		for (const Elf32_Dyn *d = _r_debug.first->dynamic; d && d->d_tag != DT_NULL; d++)
			if (d->d_tag == DT_DEBUG && d->d_un.d_ptr)
				return (const struct debug *)d->d_un.d_ptr;
	return &_r_debug;
}

/* True if the code is an empty function with padding behind it, so that a branch of five bytes fits. */
static bool is_empty_function(const char *code)
{
	static const unsigned char empty[] = { 0xc3, 0x66, 0x90, 0x66, 0x90 };

	return bytes_same(code, empty, sizeof empty);
}

enum glibc_stub glibc_patch(void)
{
	enum glibc_stub result = GLIBC_UNKNOWN;

	if (!&_r_debug || !gnu_get_libc_version || !has_stub(gnu_get_libc_version()))
		return GLIBC_NOT_NEEDED;
	debug = real_debug();
	for (const struct map *map = debug->first; map; map = map->next)
		if (stub_is_in(map->name)) {
			result = stub_patch(map->base, (char *)accept);
			seen[seen_count++] = map->base;
			break;
		}
	if (result != GLIBC_PATCHED)
		return result;
	glibc_on_objects();
	if (debug->notify && is_empty_function(bytes_behind_endbr(debug->notify)))
		install_branch(bytes_behind_endbr(debug->notify), I386_JUMP, glibc_objects_entry);
	return result;
}
