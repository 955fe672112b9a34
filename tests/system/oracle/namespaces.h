/* SPDX-License-Identifier: MIT
 * A door through another libc than the program's own. */
#ifndef NAMESPACES_H
#define NAMESPACES_H

#include "samples.h"

static struct namespace
{
	void *handle;
	struct libc libc;
}
namespaces[8];
static unsigned namespace_count;

MAYBE_UNUSED static void namespace_open(void)
{
	struct namespace *n = &namespaces[namespace_count++];

	n->handle = dlmopen(LM_ID_NEWLM, "libc.so.6", RTLD_NOW | RTLD_LOCAL);
	if (!n->handle)
		die(-ENOENT, "dlmopen: %s", dlerror());
	libc_of(&n->libc, n->handle);
}

MAYBE_UNUSED static void namespace_close(void)
{
	if (dlclose(namespaces[--namespace_count].handle))
		die(-EINVAL, "dlclose: %s", dlerror());
}

static long namespace_call(int call, const uint32_t *words)
{
	return libc_call(&namespaces[namespace_count - 1].libc, call, words);
}

static const struct door door_namespace = { "another libc", namespace_call };

/* Makes every call through the libc that was opened last. */
MAYBE_UNUSED static void namespace_door(const char *tag)
{
	door = &door_namespace;
	sample_all(tag);
	door = &door_raw;
}

#endif
