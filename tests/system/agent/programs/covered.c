/* SPDX-License-Identifier: MIT
 *
 * covered FILE  maps FILE over its vDSO, and makes a multiplexed call by an `int $0x80` of its own. Exits with 0 if the
 * call's result is ENOSYS. After that it doesn't use libc's system calls, which go through the vDSO.
 *
 * covered FILE stack  maps FILE elsewhere, and makes such a call with its stack pointer there. The kernel doesn't read
 * the stack for such a call.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { VDSO_SIZE = 2 * 4096 };

static long call(long number, long a, long b)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(0) : "memory");
	return result;
}

static long call_without_stack(long number, long a, long b, long stack)
{
	long result;

	__asm__ volatile("xchg %%esp, %%esi\n\tint $0x80\n\txchg %%esp, %%esi"
			 : "=a"(result), "+S"(stack)
			 : "a"(number), "b"(a), "c"(b), "d"(0)
			 : "memory");
	return result;
}

int main(int argc, char **argv)
{
	static const unsigned long words[] = { 1, 1, 0 };
	long vdso = (long)getauxval(AT_SYSINFO_EHDR), file, result;
	long map[] = { vdso, VDSO_SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, 0, 0 };

	if (argc != 2 && argc != 3)
		return 2;
	if (argc == 3) {
		map[0] = 0;
		map[3] = MAP_PRIVATE;
	}
	file = call(SYS_open, (long)argv[1], O_RDONLY);
	map[4] = file;
	result = call(SYS_mmap, (long)map, 0);
	if (file < 0 || (argc == 2 ? result != vdso : result >= -4095 && result < 0))
		call(SYS_exit_group, 3, 0);
	result = argc == 2 ? call(SYS_socketcall, 1, (long)words)
			   : call_without_stack(SYS_socketcall, 1, (long)words, result + VDSO_SIZE / 2);
	call(SYS_exit_group, result == -ENOSYS ? 0 : 4, 0);
	return 0;
}
