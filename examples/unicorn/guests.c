/* SPDX-License-Identifier: MIT
 * What differs between the guests' processors: registers, system call instruction and numbers, initial state. */
#include <elf.h>
#include <errno.h>
#include <string.h>

#include "unicorn.h"

/* ---- i386 -------------------------------------------------------------------------------------------------------- */

enum { CODE_SEGMENT = 1, DATA_SEGMENT, THREAD_SEGMENT = 6, INT80 = 0x80 };

static void segment_put(unsigned number, uint64_t base, unsigned type)
{
	uint64_t segment = 0xcf000000000000ULL | 0xffff | (base & 0xffffff) << 16 | (uint64_t)(0x90 | type) << 40 |
			   base >> 24 << 56;

	memcpy(machine.memory + OWN_PAGE + 8 * number, &segment, sizeof segment);
}

long set_thread_area(uint64_t address)
{
	uint32_t *user = guest_bytes(address, 16); /* struct user_desc: entry_number, base_addr, limit, flags */

	if (!user)
		return -EFAULT;
	segment_put(THREAD_SEGMENT, user[1], 0x62);
	user[0] = THREAD_SEGMENT;
	return 0;
}

static void i386_start(void)
{
	static const int of_data[] = { UC_X86_REG_SS, UC_X86_REG_DS, UC_X86_REG_ES };
	uint32_t code = CODE_SEGMENT << 3, data = DATA_SEGMENT << 3;

	segment_put(CODE_SEGMENT, 0, 0x0b);
	segment_put(DATA_SEGMENT, 0, 0x03);
	uc_reg_write(machine.cpu, UC_X86_REG_GDTR, &(uc_x86_mmr){ 0, OWN_PAGE, 255, 0 });
	uc_reg_write(machine.cpu, UC_X86_REG_CS, &code);
	for (unsigned i = 0; i < sizeof of_data / sizeof *of_data; i++)
		uc_reg_write(machine.cpu, of_data[i], &data);
}

static long i386_number(uint32_t exception)
{
	uint32_t number = 0;

	uc_reg_read(machine.cpu, UC_X86_REG_EAX, &number);
	return exception == INT80 ? (long)number : -1;
}

/* ---- s390x ------------------------------------------------------------------------------------------------------- */

enum { SVC = 2, SVC_SIZE = 2 }; /* the exception of a supervisor call, and the instruction's bytes */

/*
 * Sets the PSW's mask to 64-bit addressing. Bit AFP of control register 0 enables all floating-point registers. Unicorn
 * can't write control registers, so the processor executes an instruction that loads this one.
 */
static void s390x_start(void)
{
	static const unsigned char lctlg[] = { 0xeb, 0x00, 0x10, 0x00, 0x00, 0x2f }; /* lctlg %c0, %c0, 0(%r1) */
	uint64_t mask = UINT64_C(0x180000000), control = OWN_PAGE + 16;

	memcpy(machine.memory + OWN_PAGE, lctlg, sizeof lctlg);
	number_put(machine.memory + control, 8, 0x40000);
	uc_reg_write(machine.cpu, UC_S390X_REG_PSWM, &mask);
	uc_reg_write(machine.cpu, UC_S390X_REG_R1, &control);
	uc_emu_start(machine.cpu, OWN_PAGE, OWN_PAGE + sizeof lctlg, 0, 1);
}

/* The instruction svc has the number in its second byte. If that byte is 0, the number is in %r1. */
static long s390x_number(uint32_t exception)
{
	uint64_t at = 0, number = 0;
	const unsigned char *instruction;

	uc_reg_read(machine.cpu, UC_S390X_REG_PC, &at);
	uc_reg_read(machine.cpu, UC_S390X_REG_R1, &number);
	instruction = guest_bytes(at, SVC_SIZE);
	if (exception != SVC || !instruction)
		return -1;
	return instruction[1] ? instruction[1] : (long)number;
}

/* ---- The guests -------------------------------------------------------------------------------------------------- */

/* The numbers are those of arch/x86/entry/syscalls/syscall_32.tbl and arch/s390/kernel/syscalls/syscall.tbl. */
const struct guest guests[2] = {
	{
		.name = "i386",
		.elf_machine = EM_386,
		.arch = UC_ARCH_X86,
		.mode = UC_MODE_32,
		.stack = UC_X86_REG_ESP,
		.counter = UC_X86_REG_EIP,
		.result = UC_X86_REG_EAX,
		.arguments = { UC_X86_REG_EBX, UC_X86_REG_ECX, UC_X86_REG_EDX, UC_X86_REG_ESI, UC_X86_REG_EDI,
			       UC_X86_REG_EBP },
		.calls = { [1] = EXIT,
			   [3] = READ,
			   [4] = WRITE,
			   [6] = CLOSE,
			   [13] = TIME,
			   [24] = NOTHING, /* getuid; getgid, geteuid and getegid below: root */
			   [27] = NOTHING, /* alarm */
			   [45] = BRK,
			   [47] = NOTHING,
			   [49] = NOTHING,
			   [50] = NOTHING,
			   [91] = NOTHING, /* munmap */
			   [102] = SOCKETCALL,
			   [104] = NOTHING, /* setitimer */
			   [125] = NOTHING, /* mprotect */
			   [146] = WRITEV,
			   [168] = POLL,
			   [174] = NOTHING, /* rt_sigaction, rt_sigprocmask */
			   [175] = NOTHING,
			   [192] = MMAP,
			   [199] = NOTHING, /* getuid32, getgid32, geteuid32, getegid32 */
			   [200] = NOTHING,
			   [201] = NOTHING,
			   [202] = NOTHING,
			   [221] = FCNTL,
			   [243] = SET_THREAD_AREA,
			   [252] = EXIT,
			   [265] = CLOCK_GETTIME,
			   [403] = CLOCK_GETTIME64 },
		.start = i386_start,
		.number = i386_number,
	},
	{
		.name = "s390x",
		.elf_machine = EM_S390,
		.arch = UC_ARCH_S390X,
		.mode = UC_MODE_BIG_ENDIAN,
		.stack = UC_S390X_REG_R15,
		.counter = UC_S390X_REG_PC,
		.skip = SVC_SIZE,
		.result = UC_S390X_REG_R2,
		.arguments = { UC_S390X_REG_R2, UC_S390X_REG_R3, UC_S390X_REG_R4, UC_S390X_REG_R5, UC_S390X_REG_R6,
			       UC_S390X_REG_R7 },
		.calls = { [1] = EXIT,
			   [3] = READ,
			   [4] = WRITE,
			   [6] = CLOSE,
			   [27] = NOTHING, /* alarm */
			   [45] = BRK,
			   [55] = FCNTL,
			   [90] = MMAP_BLOCK,
			   [91] = NOTHING, /* munmap */
			   [102] = SOCKETCALL,
			   [104] = NOTHING, /* setitimer */
			   [125] = NOTHING, /* mprotect */
			   [146] = WRITEV,
			   [168] = POLL,
			   [174] = NOTHING, /* rt_sigaction, rt_sigprocmask */
			   [175] = NOTHING,
			   [199] = NOTHING, /* getuid, getgid, geteuid, getegid: root */
			   [200] = NOTHING,
			   [201] = NOTHING,
			   [202] = NOTHING,
			   [248] = EXIT,
			   [260] = CLOCK_GETTIME64 },
		.start = s390x_start,
		.number = s390x_number,
	},
};
