/* SPDX-License-Identifier: MIT
 *
 * The preload's constructor, which hook_constructor in hook.S calls. ld.so runs it before all other objects'
 * constructors, because the preload is linked with DF_1_INITFIRST. Only another object with DF_1_INITFIRST, such
 * as libpthread before glibc 2.34, may come first.
 */
#include "run/preload/preload.h"

uintptr_t hook_next;

/* Enters the kernel until it is known whether the value of %gs:0x10 can do so. */
__attribute__((naked)) static void enter_by_int80(void)
{
	__asm__("int $0x80\n\tret");
}

/* Fills in the instance hook_patched. The copy is edited, but the distances are those of its final address. */
static long patch_page(void)
{
	char *copy = install_begin(hook_page, hook_page_bytes);

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < hook_site_count; i++)
		*(uint32_t *)(copy + hook_sites[i].offset) +=
			hook_sites[i].plan ? (uintptr_t)hook_plan : hook_next - (uintptr_t)hook_page_end;
	return install_end(hook_page, hook_page_bytes, copy);
}

static bool starts_with(const char *s, const char *prefix)
{
	while (*prefix)
		if (*s++ != *prefix++)
			return false;
	return true;
}

/* True if SOCKETCALL_DEBUG is set, and neither empty nor 0. */
static bool is_debug_wanted(char **environment)
{
	static const char name[] = "SOCKETCALL_DEBUG=";

	for (; environment && *environment; environment++)
		if (starts_with(*environment, name)) {
			const char *value = *environment + sizeof name - 1;

			return value[0] && !(value[0] == '0' && !value[1]);
		}
	return false;
}

/* Prints a line on standard error, by one write. */
static void say(const char *const *parts)
{
	char line[512];
	char number[12];
	size_t n = 0, digits = 0;
	long pid = kernel(__NR_getpid, 0, 0, 0, 0, 0);

	for (const char *p = "socketcall-preload["; *p; p++)
		line[n++] = *p;
	do
		number[digits++] = (char)('0' + pid % 10);
	while (pid /= 10);
	while (digits)
		line[n++] = number[--digits];
	for (; *parts; parts++)
		for (const char *p = *parts; *p && n < sizeof line - 1; p++)
			line[n++] = *p;
	line[n++] = '\n';
	kernel(__NR_write, 2, (long)line, (long)n, 0, 0);
}

extern char **environ __attribute__((weak));
extern const char *gnu_get_libc_version(void) __attribute__((weak));

static const char *const stub_text[] = {
	[GLIBC_NOT_NEEDED] = "no cancellation stub to patch",
	[GLIBC_PATCHED] = "cancellation stub patched",
	[GLIBC_UNKNOWN] =
		"cancellation stub not recognised: accept, connect, recv* and send* of a multi-threaded process "
		"still go through socketcall",
	[GLIBC_REFUSED] =
		"cancellation stub may not be replaced here: accept, connect, recv* and send* of a multi-threaded "
		"process still go through socketcall",
};

void preload_start(char **environment)
{
	const char *libc = gnu_get_libc_version ? gnu_get_libc_version() : NULL;
	enum glibc_stub stub;
	uintptr_t entry;
	long refused;
	bool debug;

	/* glibc passes the environment, and hasn't set environ yet. musl passes nothing, but has set environ. */
	debug = is_debug_wanted(libc ? environment : &environ ? environ : NULL);
	__asm__ volatile("movl %%gs:0x10, %0" : "=r"(entry));
	hook_next = (uintptr_t)enter_by_int80;
	if (!entry || (!libc && !entry_is_known(entry))) {
		if (debug)
			say((const char *const[]){
				"]: libc not recognised: %gs:0x10 is not a kernel entry, so nothing is hooked", NULL });
		return;
	}
	hook_next = entry;
	refused = patch_page();
	stub = glibc_patch();
	__asm__ volatile("movl %0, %%gs:0x10" : : "r"(refused ? hook_pic_entry : hook_patched_entry) : "memory");
	if (debug)
		say((const char *const[]){
			"]: %gs:0x10 hooked",
			refused ? ", position-independent since text may not be replaced here; " : "; ",
			libc ? "glibc " : "a libc other than glibc", libc ? libc : "", ": ", stub_text[stub], NULL });
}
