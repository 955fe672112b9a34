/* SPDX-License-Identifier: MIT
 *
 * Measures what calls cost in a static i386 program that `socketcall run` patched. The vDSO's entry is patched. This
 * program makes a copy of the unpatched entry, so that it can time both in one process. (After a sysenter or syscall in
 * the copy, the kernel returns to the end of the vDSO's own entry, which isn't patched.)
 */
#include <elf.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/call.h"

enum { ENTRY_BYTES = 13 };

static enter *patched, *bare;

/* Returns a copy of the entry as it was before the patch replaced its first five bytes by a jump. Whether sysenter or
 * syscall follows tells what these bytes were. */
static enter *copy_entry(const unsigned char *entry)
{
	static const unsigned char pushes[] = { 0x51, 0x52, 0x55, 0x89 };
	unsigned char *copy = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(copy, entry, ENTRY_BYTES);
	memcpy(copy, pushes, sizeof pushes);
	copy[4] = entry[6] == 0x34 ? 0xe5 : 0xcd;
	mprotect(copy, 4096, PROT_READ | PROT_EXEC);
	return (enter *)copy;
}

int main(void)
{
	static double run[ROUNDS], direct[ROUNDS], native[ROUNDS], other[ROUNDS], other_bare[ROUNDS];
	const unsigned char *entry = (const unsigned char *)getauxval(AT_SYSINFO);
	long block[2] = { -1, 0 };

	if (!entry || entry[0] != 0xe9) {
		fprintf(stderr, "patched: not patched; run me under `socketcall run`\n");
		return 1;
	}
	patched = (enter *)entry;
	bare = copy_entry(entry);
	for (int i = 0; i < ROUNDS; i++) {
		run[i] = time_calls(patched, SYS_socketcall, LISTEN, (long)block);
		direct[i] = time_calls(bare, DIRECT_LISTEN, -1, 0);
		native[i] = time_calls(bare, SYS_socketcall, LISTEN, (long)block);
		other[i] = time_calls(patched, SYS_getppid, 0, 0);
		other_bare[i] = time_calls(bare, SYS_getppid, 0, 0);
	}
	ratio("listen(-1), patched / the kernel's socketcall", run, native, 0.90);
	ratio("listen(-1), patched / the bare direct call", run, direct, 1.06);
	ratio("getppid, patched / bare", other, other_bare, 1.02);
	return 0;
}
