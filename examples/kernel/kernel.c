/* SPDX-License-Identifier: MIT
 *
 * A kernel that boots (multiboot, i386). The boot loader passes up to four static 32-bit programs as modules, and the
 * kernel runs them in user mode by turns: a program runs until it exits or waits. The kernel has three system calls of
 * Linux/i386, made by int $0x80: exit, write and socketcall. The library serves socketcall; its backend (sockets.c) has
 * sockets in memory: AF_UNIX datagrams, with abstract names (there is no file system), descriptors in messages, and
 * calls that wait for another program.
 *
 *	i686-linux-gnu-gcc -O2 -ffreestanding -fno-pic -fno-stack-protector -nostdlib -static -Ibuild/include \
 *		-Wl,-Ttext-segment=0x100000 -o kernel kernel.c entries.S sockets.c messages.c \
 *		memory.c build/amalgamation/socketcall-server.c -lgcc
 *	qemu-system-i386 -kernel kernel -initrd "program,another" -serial stdio -display none \
 *		-device isa-debug-exit,iobase=0xf4
 */
#include "kernel.h"

enum { SERIAL = 0x3f8, DEBUG_EXIT = 0xf4 };
enum { PAGE = 4096, PAGES = 64, USER = 0x8048000, USER_END = USER + PAGES * PAGE, STACK_PAGES = 4 };
enum { PRESENT = 1, WRITABLE = 2, IS_USER = 4, BIG = 0x80 };                                 /* of pages */
enum { KERNEL_CODE = 8, KERNEL_DATA = 16, USER_CODE = 27, USER_DATA = 35, TASK_STATE = 40 }; /* segments */
enum { EXIT = 1, WRITE = 4, SOCKETCALL = 102 };                                              /* Linux/i386's numbers */
/* What the kernel writes to QEMU's isa-debug-exit, by which QEMU exits with 2 * value + 1. */
enum {
	SUCCEEDED = 16,  /* 33: all programs exited with 0 */
	PROGRAMS_FAILED, /* 35: a program exited with another status, or faulted */
	PROGRAMS_WAIT,   /* 37: all programs that are left wait for each other */
	NO_PROGRAM,      /* 39: there is no module, or it does not fit into a program's memory */
};

/* A program's registers, as the entry pushes them. They fill the top of the kernel's stack. */
struct frame {
	uint32_t edi, esi, ebp, unused, ebx, edx, ecx, eax, eip, cs, eflags, esp, ss;
};

static struct program {
	uint32_t directory[1024], table[1024]; /* page directory and page table, read by the processor */
	char memory[PAGES][PAGE];
	struct frame frame; /* its registers, while another program runs */
	enum {
		NONE,    /* there is no such program */
		READY,   /* it can run */
		WAITING, /* its socket call would block */
		ENDED,   /* it has exited or faulted */
	} state;
	struct socketcall_server server;
	struct socketcall_pending pending;
	struct task task; /* its descriptors */
} __attribute__((aligned(PAGE))) programs[4];

enum { PROGRAMS = sizeof programs / sizeof *programs, STACK = 16384 };

static unsigned running;
static int status = SUCCEEDED;                                                 /* what QEMU is ended with */
static unsigned char scratch[SOCKETCALL_SCRATCH] __attribute__((aligned(16))); /* one call is served at a time */
char kernel_stack[STACK] __attribute__((aligned(16)));

static struct frame *frame(void)
{
	return (struct frame *)(void *)(kernel_stack + STACK) - 1;
}

/* ---- Ports ------------------------------------------------------------------------------------------------------- */

static void out(unsigned port, unsigned value)
{
	__asm__ volatile("outb %b0, %w1" : : "a"(value), "Nd"(port));
}

static void print(const char *text)
{
	while (*text)
		out(SERIAL, (unsigned char)*text++);
}

/* Ends QEMU: its exit status is 2 * value + 1. */
static void __attribute__((noreturn)) end(int value)
{
	out(DEBUG_EXIT, (unsigned)value);
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* ---- A program's memory ------------------------------------------------------------------------------------------ */

/*
 * Translates a program's address to the kernel's. *size is how many bytes are wanted; it is reduced to those that lie
 * in the same page. A null pointer if the page lacks one of the `rights`, which are bits of its page table entry.
 */
static char *at(struct program *program, uint64_t address, size_t *size, unsigned rights)
{
	uint32_t page = (uint32_t)(address - USER) / PAGE, left = PAGE - (uint32_t)address % PAGE;
	uint32_t entry = address >= USER && address < USER_END ? program->table[address / PAGE % 1024] : 0;

	*size = *size < left ? *size : left;
	return (entry & rights) == rights ? program->memory[page] + address % PAGE : NULL;
}

static size_t read_program(void *context, uint64_t address, void *to, size_t size)
{
	size_t done = 0, part;

	for (const char *from; done < size; done += part) {
		part = size - done;
		from = at(context, address + done, &part, PRESENT);
		if (!from)
			break;
		memcpy((char *)to + done, from, part);
	}
	return done;
}

static size_t write_program(void *context, uint64_t address, const void *from, size_t size)
{
	size_t done = 0, part;

	for (char *to; done < size; done += part) {
		part = size - done;
		to = at(context, address + done, &part, PRESENT | WRITABLE);
		if (!to)
			break;
		memcpy(to, (const char *)from + done, part);
	}
	return done;
}

static void map(struct program *program, uint32_t address, uint32_t size, unsigned rights)
{
	for (uint32_t page = address / PAGE; page < (address + size + PAGE - 1) / PAGE; page++)
		program->table[page % 1024] |= (uint32_t)program->memory[page - USER / PAGE] | rights;
}

/* ---- System calls ------------------------------------------------------------------------------------------------ */

static long write_to_serial(struct program *program, uint32_t address, uint32_t size)
{
	char text[2] = "";

	for (uint32_t done = 0; done < size; done++) {
		if (!read_program(program, address + done, text, 1))
			return done ? (long)done : -EFAULT;
		print(text);
	}
	return (long)size;
}

/*
 * Switches to the next program that can run: loads its page directory, and puts its registers where entries.S restores
 * them from. Tries the calls of waiting programs again on the way. If no program can run, it ends the machine.
 */
static void run_next(void)
{
	int waiting = 0;

	for (unsigned tries = 0; tries < PROGRAMS; tries++) {
		struct program *program = &programs[running = (running + 1) % PROGRAMS];

		if (program->state == WAITING) {
			long r = socketcall_resume(&program->server);

			waiting = 1;
			if (r != SOCKETCALL_WOULD_BLOCK) {
				program->frame.eax = (uint32_t)r;
				program->state = READY;
			}
		}
		if (program->state != READY)
			continue;
		*frame() = program->frame;
		__asm__ volatile("mov %0, %%cr3" : : "r"(program->directory) : "memory");
		return;
	}
	if (waiting)
		print("Programs wait for each other.\n");
	end(waiting ? PROGRAMS_WAIT : status);
}

static void end_program(int code)
{
	programs[running].state = ENDED;
	sockets_close(&programs[running].task);
	status = code ? PROGRAMS_FAILED : status;
	run_next();
}

void on_system_call(void)
{
	struct program *program = &programs[running];
	struct frame *f = frame();
	long r = -ENOSYS;

	if (f->eax == EXIT) {
		end_program((int)f->ebx);
		return;
	}
	if (f->eax == WRITE)
		r = write_to_serial(program, f->ecx, f->edx);
	if (f->eax == SOCKETCALL)
		r = socketcall_serve(&program->server, (int)f->ebx, f->ecx);
	f->eax = (uint32_t)r;
	if (r == SOCKETCALL_WOULD_BLOCK) {
		program->frame = *f;
		program->state = WAITING;
		run_next();
	}
}

void on_fault(void)
{
	print("A program has failed.\n");
	end_program(1);
}

/* ---- Booting ----------------------------------------------------------------------------------------------------- */

/* Copies a static ELF program's segments to the addresses that its headers say, and gives it an empty stack. */
static void load(struct program *program, const char *elf)
{
	const uint32_t *entry = (const void *)(elf + 24), *offset = (const void *)(elf + 28);
	const uint16_t *count = (const void *)(elf + 44);
	/* Elf32_Phdr: type, offset, virtual and physical address, size in file, size in memory, flags, alignment */
	const uint32_t *header = (const void *)(elf + *offset);

	for (unsigned i = 0; i < *count; i++, header += 8) {
		if (header[0] != 1) /* PT_LOAD */
			continue;
		if (header[2] < USER || header[2] > USER_END || header[5] > USER_END - header[2])
			end(NO_PROGRAM);
		map(program, header[2], header[5], PRESENT | IS_USER | (header[6] & WRITABLE));
		memcpy(program->memory[0] + (header[2] - USER), elf + header[1], header[4]);
	}
	map(program, USER_END - STACK_PAGES * PAGE, STACK_PAGES * PAGE, PRESENT | IS_USER | WRITABLE);
	program->directory[0] = PRESENT | WRITABLE | BIG; /* the kernel's 4 MiB */
	program->directory[USER >> 22] = (uint32_t)program->table | PRESENT | IS_USER | WRITABLE;
	program->frame =
		(struct frame){ .eip = *entry, .cs = USER_CODE, .eflags = 2, .esp = USER_END, .ss = USER_DATA };
	program->state = READY;
	program->server = (struct socketcall_server){
		.arch = socketcall_arch("i386"),
		.memory = { .read = read_program, .write = write_program, .context = program },
		.backend = &sockets,
		.context = &program->task,
		.scratch = scratch,
		.scratch_size = sizeof scratch,
		.pending = &program->pending,
	};
}

/* A descriptor of the interrupt descriptor table; `rights` are its present bit, privilege level and type. */
static uint64_t gate(const char *entry, unsigned rights)
{
	uint32_t address = (uint32_t)entry;

	return (address & 0xffff) | KERNEL_CODE << 16 | (uint64_t)rights << 40 | (uint64_t)(address >> 16) << 48;
}

/* The boot loader has switched to protected mode (multiboot). This sets up segments, interrupts and paging. */
void boot(const uint32_t *information)
{
	extern const char from_program[], from_fault[];
	static uint32_t task_state[26] = { [2] = KERNEL_DATA, [25] = 104 << 16 };
	static uint64_t segments[6] = { 0, 0xcf9a000000ffff, 0xcf92000000ffff, 0xcffa000000ffff, 0xcff2000000ffff };
	static uint64_t gates[256];
	struct {
		uint16_t unused, limit;
		const void *base;
	} gdt = { 0, sizeof segments - 1, segments }, idt = { 0, sizeof gates - 1, gates };
	const uint32_t *module = (const void *)information[6]; /* begin, end, string, reserved */
	uint64_t state = (uint32_t)task_state;

	task_state[1] = (uint32_t)(kernel_stack + STACK);
	segments[TASK_STATE / 8] = 103 | (state & 0xffffff) << 16 | (uint64_t)0x89 << 40 | state >> 24 << 56;
	for (int i = 0; i < 32; i++)
		gates[i] = gate(from_fault, 0x8e);
	gates[0x80] = gate(from_program, 0xee);
	__asm__ volatile("lgdt %0; lidt %1; ljmp %2, $1f; 1:" : : "m"(gdt.limit), "m"(idt.limit), "i"(KERNEL_CODE));
	__asm__ volatile("mov %0, %%ss; ltr %w1" : : "r"(KERNEL_DATA), "r"(TASK_STATE));
	for (unsigned i = 0; i < information[5] && i < PROGRAMS; i++, module += 4)
		load(&programs[i], (const char *)module[0]);
	if (!information[5])
		end(NO_PROGRAM);
	running = PROGRAMS - 1;
	__asm__ volatile("mov %0, %%cr3; mov %%cr4, %%eax; or $0x10, %%eax; mov %%eax, %%cr4; mov %%cr0, %%eax;"
			 "or $0x80010000, %%eax; mov %%eax, %%cr0"
			 :
			 : "r"(programs[0].directory)
			 : "eax", "memory");
	run_next();
}
