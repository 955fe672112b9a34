/* SPDX-License-Identifier: MIT
 *
 * covered FILE  maps FILE over its vDSO, and makes a multiplexed call by an `int $0x80` of its own. Exits with 0 if the
 * call's result is ENOSYS. Without libc's calls: those go through the vDSO.
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

int main(int argc, char **argv)
{
	static const unsigned long words[] = { 1, 1, 0 };
	long vdso = (long)getauxval(AT_SYSINFO_EHDR), file, result;
	long map[] = { vdso, VDSO_SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, 0, 0 };

	if (argc != 2)
		return 2;
	file = call(SYS_open, (long)argv[1], O_RDONLY);
	map[4] = file;
	result = call(SYS_mmap, (long)map, 0);
	if (file < 0 || result != vdso)
		call(SYS_exit_group, 3, 0);
	result = call(SYS_socketcall, 1, (long)words);
	call(SYS_exit_group, result == -ENOSYS ? 0 : 4, 0);
	return 0;
}
