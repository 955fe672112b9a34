/* SPDX-License-Identifier: MIT
 * i386: the vDSO's entry, whose address is in AT_SYSINFO; int $0x80 if there is none. */
#ifndef CONFORMANCE_ENTRY_VDSO_H
#define CONFORMANCE_ENTRY_VDSO_H

#include "common.h"

#ifdef __i386__
#include <sys/auxv.h>
__asm__(".pushsection .text\n"
	"enter_int80:\n"
	"	int $0x80\n"
	"	ret\n"
	".popsection\n");
extern void enter_int80(void);
void (*enter_vdso)(void) __attribute__((visibility("hidden"))) = enter_int80;

__attribute__((constructor)) static void find_vdso(void)
{
	unsigned long entry_point = getauxval(AT_SYSINFO);

	if (entry_point)
		enter_vdso = (void (*)(void))entry_point;
}
#endif

ENTER_BY("	call *enter_vdso");

#endif
