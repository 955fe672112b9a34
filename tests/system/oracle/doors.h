/* SPDX-License-Identifier: MIT
 * The doors by which the oracle's programs make a call. Part of oracle.h, which includes this file. */
#ifndef ORACLE_DOORS_H
#define ORACLE_DOORS_H

enum { FLAG_CF = 1, FLAG_PF = 4, FLAG_AF = 0x10, FLAG_ZF = 0x40, FLAG_SF = 0x80, FLAG_DF = 0x400, FLAG_OF = 0x800 };
enum { FLAGS_ALWAYS = 0x202, ARITHMETIC_FLAGS = 6 };

struct registers {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp, eflags;
};

/*
 * Executes call *%gs:0x10 with these registers, and stores the registers after the call in their place; on `stack`,
 * unless that is null.
 */
extern void enter_kernel(struct registers *registers, void *stack);
__asm__(".pushsection .text\n"
	".globl enter_kernel\n"
	".hidden enter_kernel\n"
	".type enter_kernel, @function\n"
	"enter_kernel:\n"
	"	pushl %ebp\n"
	"	pushl %ebx\n"
	"	pushl %esi\n"
	"	pushl %edi\n"
	"	movl 20(%esp), %eax\n"
	"	movl 24(%esp), %ecx\n"
	"	movl %esp, %edx\n"
	"	testl %ecx, %ecx\n"
	"	jz 1f\n"
	"	movl %ecx, %esp\n"
	"1:	pushl %edx\n"
	"	pushl %eax\n"
	"	movl 4(%eax), %ebx\n"
	"	movl 8(%eax), %ecx\n"
	"	movl 12(%eax), %edx\n"
	"	movl 16(%eax), %esi\n"
	"	movl 20(%eax), %edi\n"
	"	movl 24(%eax), %ebp\n"
	"	pushl 28(%eax)\n"
	"	popfl\n"
	"	movl (%eax), %eax\n"
	"	call *%gs:0x10\n"
	"	xchgl (%esp), %eax\n"
	"	pushfl\n"
	"	popl 28(%eax)\n"
	"	cld\n"
	"	movl %ebx, 4(%eax)\n"
	"	movl %ecx, 8(%eax)\n"
	"	movl %edx, 12(%eax)\n"
	"	movl %esi, 16(%eax)\n"
	"	movl %edi, 20(%eax)\n"
	"	movl %ebp, 24(%eax)\n"
	"	popl %ecx\n"
	"	movl %ecx, (%eax)\n"
	"	popl %esp\n"
	"	popl %edi\n"
	"	popl %esi\n"
	"	popl %ebx\n"
	"	popl %ebp\n"
	"	ret\n"
	".size enter_kernel, . - enter_kernel\n"
	".popsection\n");

/* One of the 2^ARITHMETIC_FLAGS combinations. */
static uint32_t arithmetic_flags(unsigned which)
{
	static const uint32_t flags[ARITHMETIC_FLAGS] = { FLAG_CF, FLAG_PF, FLAG_AF, FLAG_ZF, FLAG_SF, FLAG_OF };
	uint32_t some = 0;

	for (unsigned i = 0; i < ARITHMETIC_FLAGS; i++)
		some |= which >> i & 1 ? flags[i] : 0;
	return some;
}

static void compare_register(const char *name, uint32_t before, uint32_t after)
{
	if (before != after)
		say("REGISTER %s changed from %08x to %08x", name, before, after);
}

/*
 * True if calls preserve the arithmetic flags here. With SYSENTER and page-table isolation (PTI), the kernel changes
 * the flags before it saves them.
 */
MAYBE_UNUSED static bool flags_are_kept(void)
{
	static enum { UNKNOWN, KEPT, LOST } known;

	for (unsigned all = 0; known == UNKNOWN && all < 2; all++) {
		uint32_t eflags = FLAGS_ALWAYS | arithmetic_flags(all ? (1 << ARITHMETIC_FLAGS) - 1 : 0);
		struct registers r = { .eax = __NR_getppid, .eflags = eflags };

		enter_kernel(&r, NULL);
		if (r.eflags != eflags)
			known = LOST;
		else if (all)
			known = KEPT;
	}
	return known == KEPT;
}

/* Like compare_register(), for those flags that a call preserves. */
static void compare_flags(uint32_t before, uint32_t after)
{
	uint32_t kept = flags_are_kept() ? UINT32_MAX : FLAG_DF;

	compare_register("eflags", before & kept, after & kept);
}

/*
 * Makes the call by socketcall's raw entry, and prints a line for every register but eax that it changed. Each call is
 * made with another combination of the arithmetic flags.
 */
static long raw_call_on(void *stack, uint32_t call, const void *block, uint32_t flags)
{
	static unsigned count;
	uint32_t eflags = FLAGS_ALWAYS | flags | arithmetic_flags(count++);
	struct registers r = { __NR_socketcall, call,       (uint32_t)block, 0xd15ea5ed,
			       0x5151c0de,      0xed1f1ce5, 0xeb9eb9eb,      eflags };
	struct registers before = r;

	enter_kernel(&r, stack);
	compare_register("ebx", before.ebx, r.ebx);
	compare_register("ecx", before.ecx, r.ecx);
	compare_register("edx", before.edx, r.edx);
	compare_register("esi", before.esi, r.esi);
	compare_register("edi", before.edi, r.edi);
	compare_register("ebp", before.ebp, r.ebp);
	compare_flags(before.eflags, r.eflags);
	return (long)r.eax;
}

MAYBE_UNUSED static long raw_call(uint32_t call, const void *block)
{
	return raw_call_on(NULL, call, block, 0);
}

/*
 * Calls a function with six words; one with fewer arguments ignores the rest. Stores the callee-saved registers
 * afterwards in *registers.
 */
extern void enter_function(struct registers *registers, const uint32_t words[6], void *function);
__asm__(".pushsection .text\n"
	".globl enter_function\n"
	".hidden enter_function\n"
	".type enter_function, @function\n"
	"enter_function:\n"
	"	pushl %ebp\n"
	"	pushl %ebx\n"
	"	pushl %esi\n"
	"	pushl %edi\n"
	"	movl 20(%esp), %eax\n"
	"	movl 24(%esp), %ecx\n"
	"	movl 28(%esp), %edx\n"
	"	pushl %eax\n"
	"	subl $4, %esp\n"
	"	pushl 20(%ecx)\n"
	"	pushl 16(%ecx)\n"
	"	pushl 12(%ecx)\n"
	"	pushl 8(%ecx)\n"
	"	pushl 4(%ecx)\n"
	"	pushl (%ecx)\n"
	"	movl 4(%eax), %ebx\n"
	"	movl 16(%eax), %esi\n"
	"	movl 20(%eax), %edi\n"
	"	movl 24(%eax), %ebp\n"
	"	call *%edx\n"
	"	addl $28, %esp\n"
	"	popl %ecx\n"
	"	movl %eax, (%ecx)\n"
	"	movl %ebx, 4(%ecx)\n"
	"	movl %esi, 16(%ecx)\n"
	"	movl %edi, 20(%ecx)\n"
	"	movl %ebp, 24(%ecx)\n"
	"	popl %edi\n"
	"	popl %esi\n"
	"	popl %ebx\n"
	"	popl %ebp\n"
	"	ret\n"
	".size enter_function, . - enter_function\n"
	".popsection\n");

/* A libc's twenty wrappers. */
struct libc {
	void *wrapper[LAST_CALL + 1];
	int *(*errno_location)(void);
};

#ifdef STATIC
/* A static program has only one libc, and no dlsym() to look names up in it. */
MAYBE_UNUSED static void libc_of(struct libc *libc, void *handle)
{
	(void)handle;
#define CALL(call, NAME, name, ...) libc->wrapper[call] = (void *)name;
#include "abi/calls.def"
#undef CALL
	libc->errno_location = __errno_location;
}
#else
MAYBE_UNUSED static void libc_of(struct libc *libc, void *handle)
{
	for (int call = FIRST_CALL; call <= LAST_CALL; call++) {
		libc->wrapper[call] = dlsym(handle, name_of[call]);
		if (!libc->wrapper[call])
			die(-ENOENT, "no wrapper in libc: %s", name_of[call]);
	}
	*(void **)&libc->errno_location = dlsym(handle, "__errno_location");
}
#endif

static long libc_call(const struct libc *libc, int call, const uint32_t *words)
{
	struct registers r = { .ebx = 0xb0b0b0b0, .esi = 0x5151c0de, .edi = 0xed1f1ce5, .ebp = 0xeb9eb9eb };
	uint32_t w[6] = { 0 };

	memcpy(w, words, sizeof *w * words_of[call]);
	enter_function(&r, w, libc->wrapper[call]);
	compare_register("ebx", 0xb0b0b0b0, r.ebx);
	compare_register("esi", 0x5151c0de, r.esi);
	compare_register("edi", 0xed1f1ce5, r.edi);
	compare_register("ebp", 0xeb9eb9eb, r.ebp);
	return (long)r.eax == -1 ? -*libc->errno_location() : (long)r.eax;
}

struct door {
	const char *name;
	long (*call)(int call, const uint32_t *words);
};

static long door_raw_call(int call, const uint32_t *words)
{
	return raw_call((uint32_t)call, words);
}

static long door_libc_call(int call, const uint32_t *words)
{
	static struct libc libc;

	if (!libc.errno_location)
		libc_of(&libc, RTLD_DEFAULT);
	return libc_call(&libc, call, words);
}

static long door_syscall_call(int call, const uint32_t *words)
{
	long r = syscall(__NR_socketcall, call, words);

	return r == -1 ? -errno : r;
}

static const struct door door_raw = { "raw", door_raw_call };
static const struct door door_libc MAYBE_UNUSED = { "libc", door_libc_call };
static const struct door door_syscall MAYBE_UNUSED = { "syscall()", door_syscall_call };
static __thread const struct door *door = &door_raw;

/* Makes the call through the current door, with as many words as the call has. */
MAYBE_UNUSED static long sc(int call, ...)
{
	uint32_t words[6];
	va_list list;

	va_start(list, call);
	for (unsigned i = 0; i < words_of[call]; i++)
		words[i] = va_arg(list, uint32_t);
	va_end(list);
	return door->call(call, words);
}

#endif
