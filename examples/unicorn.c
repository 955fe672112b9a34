/* SPDX-License-Identifier: MIT
 *
 * Usage: unicorn PROGRAM [ARGUMENT]...
 *
 * A user-mode emulator: runs a static i386 program on Unicorn. Its socket calls are served by the library, on sockets
 * of this process; what else such a program needs to start, to read and to write is made here in the simplest way.
 * Enough for busybox: unicorn busybox wget -O - http://127.0.0.1:8000/
 */
#define _GNU_SOURCE
#include <socketcall/host.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unicorn/unicorn.h>
#include <unistd.h>

enum { PAGE = 4096, TABLE = 0x1000, STACK = 0x100000, STACK_END = 0xbfff0000, MAPPINGS = 0x40000000 };
enum { THREAD_SEGMENT = 6 }; /* of the descriptor table; the code's is 1, the data's 2 */

static struct machine {
	uc_engine *cpu;
	unsigned char *memory;          /* 4 GiB: the guest's addresses, of which only these pages are there */
	unsigned char mapped[1U << 20]; /* by page */
	uint32_t data_end, mappings_end;
	int status; /* that the program ended with, or -1 */
	struct socketcall_server server;
	struct socketcall_host_context host;
} machine = { .mappings_end = MAPPINGS, .status = -1 }; /* one guest */

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

static void map(uint32_t address, uint64_t size)
{
	uint64_t page = address / PAGE, end = (address + size + PAGE - 1) / PAGE;

	mprotect(machine.memory + page * PAGE, (end - page) * PAGE, PROT_READ | PROT_WRITE);
	for (; page < end; page++) {
		if (!machine.mapped[page])
			uc_mem_map_ptr(machine.cpu, page * PAGE, PAGE, UC_PROT_ALL, machine.memory + page * PAGE);
		machine.mapped[page] = 1;
	}
}

/* socketcall's hook: where the guest's memory lies here. */
static void *at(void *context, uint64_t address, size_t *size, int writable)
{
	size_t there = 0;

	(void)context;
	(void)writable;
	while (there < *size && (address + there) >> 32 == 0 && machine.mapped[(address + there) / PAGE])
		there += PAGE - (address + there) % PAGE;
	*size = there < *size ? there : *size;
	return there ? machine.memory + address : NULL;
}

static size_t read_guest(void *context, uint64_t address, void *to, size_t size)
{
	const void *from = at(context, address, &size, 0);

	return from ? memcpy(to, from, size), size : 0;
}

static size_t write_guest(void *context, uint64_t address, const void *from, size_t size)
{
	void *to = at(context, address, &size, 1);

	return to ? memcpy(to, from, size), size : 0;
}

/* All of `size` bytes of the guest's, or null. */
static void *whole(uint32_t address, size_t size)
{
	size_t there = size;
	void *p = at(NULL, address, &there, 1);

	return there == size ? p : NULL;
}

/* ---- System calls ------------------------------------------------------------------------------------------------ */

static long result(long r)
{
	return r == -1 ? -errno : r;
}

static long written_vector(int fd, uint32_t address, uint32_t count)
{
	const uint32_t *parts = whole(address, count * 8UL);
	struct iovec here[64];

	if (count > 64 || !parts)
		return -EFAULT;
	for (uint32_t i = 0; i < count; i++)
		here[i] = (struct iovec){ whole(parts[2 * i], parts[2 * i + 1]), parts[2 * i + 1] };
	return result(writev(fd, here, (int)count)); /* EFAULT where there is none */
}

static long grow(uint32_t end)
{
	if (end > machine.data_end) {
		map(machine.data_end, end - machine.data_end);
		machine.data_end = end;
	}
	return (int32_t)machine.data_end;
}

static long anonymous(uint32_t size, uint32_t flags)
{
	uint32_t address = machine.mappings_end;

	map(address, flags & MAP_ANONYMOUS ? size : 0);
	machine.mappings_end += (size + PAGE - 1) & ~(PAGE - 1U);
	return flags & MAP_ANONYMOUS ? (int32_t)address : -ENODEV;
}

static uint64_t segment(uint32_t base, unsigned type)
{
	return 0xcf000000000000ULL | 0xffff | (uint64_t)(base & 0xffffff) << 16 | (uint64_t)(0x90 | type) << 40 |
	       (uint64_t)(base >> 24) << 56;
}

static long set_thread_area(uint32_t address)
{
	uint32_t *user = whole(address, 16); /* struct user_desc: its number, its base */

	if (!user)
		return -EFAULT;
	((uint64_t *)(void *)(machine.memory + TABLE))[THREAD_SEGMENT] = segment(user[1], 0x62);
	user[0] = THREAD_SEGMENT;
	return 0;
}

static long clock_of(uint32_t clock, uint32_t address, int wide)
{
	struct timespec time;

	clock_gettime((clockid_t)clock, &time);
	if (wide)
		return write_guest(NULL, address, (int64_t[]){ time.tv_sec, time.tv_nsec }, 16) == 16 ? 0 : -EFAULT;
	return write_guest(NULL, address, (int32_t[]){ (int32_t)time.tv_sec, (int32_t)time.tv_nsec }, 8) == 8 ? 0
													      : -EFAULT;
}

static long system_call(const uint32_t *r)
{
	/* getuid and its like: root. alarm, munmap, setitimer, mprotect, rt_sigaction and rt_sigprocmask do nothing. */
	static const unsigned no_matter[] = { 24, 47, 49, 50, 199, 200, 201, 202, 27, 91, 104, 125, 174, 175 };
	uint32_t b = r[1], c = r[2], d = r[3], e = r[4];
	void *p;

	switch (r[0]) { /* arch/x86/entry/syscalls/syscall_32.tbl */
	case 102:       /* socketcall */
		return socketcall_serve(&machine.server, (int)b, c);
	case 1:
	case 252: /* exit, exit_group */
		machine.status = (int)b;
		return uc_emu_stop(machine.cpu);
	case 3:
	case 4: /* read, write */
		p = whole(c, d);
		return !p ? -EFAULT : result(r[0] == 3 ? read((int)b, p, d) : write((int)b, p, d));
	case 6: /* close */
		return result(close((int)b));
	case 13: /* time */
		return (long)time(NULL);
	case 45: /* brk */
		return grow(b);
	case 146: /* writev */
		return written_vector((int)b, c, d);
	case 168: /* poll: struct pollfd is the same everywhere */
		p = whole(b, c * sizeof(struct pollfd));
		return p ? result(poll(p, c, (int)d)) : -EFAULT;
	case 192: /* mmap2 */
		return anonymous(c, e);
	case 243: /* set_thread_area */
		return set_thread_area(b);
	case 221: /* fcntl64 */
		return result(fcntl((int)b, (int)c, d));
	case 265:
	case 403: /* clock_gettime, clock_gettime64 */
		return clock_of(b, c, r[0] == 403);
	default:
		for (unsigned i = 0; i < sizeof no_matter / sizeof *no_matter; i++)
			if (no_matter[i] == r[0])
				return 0;
		return -ENOSYS;
	}
}

static void on_interrupt(uc_engine *cpu, uint32_t number, void *context)
{
	static const int names[] = { UC_X86_REG_EAX, UC_X86_REG_EBX, UC_X86_REG_ECX, UC_X86_REG_EDX, UC_X86_REG_ESI };
	uint32_t registers[5] = { 0 };

	(void)context;
	for (int i = 0; i < 5; i++)
		uc_reg_read(cpu, names[i], &registers[i]);
	if (number != 0x80)
		uc_emu_stop(cpu);
	registers[0] = (uint32_t)system_call(registers);
	uc_reg_write(cpu, UC_X86_REG_EAX, &registers[0]);
}

/* ---- The program ------------------------------------------------------------------------------------------------- */

static uint32_t push(uint32_t stack, const void *bytes, size_t size)
{
	stack = (stack - (uint32_t)size) & ~15U;
	memcpy(machine.memory + stack, bytes, size);
	return stack;
}

/* What a program finds on its stack: its arguments, an empty environment, and the auxiliary vector. */
static uint32_t stack_of(char **argv, const Elf32_Ehdr *elf, uint32_t headers)
{
	const uint32_t auxiliary[] = { AT_PHDR,   headers,        AT_PHENT,  sizeof(Elf32_Phdr),
				       AT_PHNUM,  elf->e_phnum,   AT_ENTRY,  elf->e_entry,
				       AT_PAGESZ, PAGE,           AT_UID,    0,
				       AT_RANDOM, STACK_END - 64, AT_SECURE, 0 };
	uint32_t words[96] = { 0 }, stack = STACK_END - 128, n = 0;

	for (; argv[n] && n < 48; n++)
		words[n + 1] = stack = push(stack, argv[n], strlen(argv[n]) + 1);
	words[0] = n;
	memcpy(words + n + 3, auxiliary, sizeof auxiliary);
	return push(stack, words, sizeof words);
}

static const Elf32_Ehdr *load(const char *path, uint32_t *headers)
{
	int fd = open(path, O_RDONLY);
	struct stat status;
	unsigned char *file = MAP_FAILED;
	const Elf32_Phdr *p;
	const Elf32_Ehdr *elf;

	if (fd >= 0 && fstat(fd, &status) == 0 && status.st_size > (off_t)sizeof *elf)
		file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	elf = (void *)file;
	if (file == MAP_FAILED || memcmp(file, ELFMAG "\1\1", 6) || elf->e_machine != EM_386 || elf->e_type != ET_EXEC)
		return NULL;
	p = (void *)(file + elf->e_phoff);
	for (int i = 0; i < elf->e_phnum; i++, p++) {
		if (p->p_type != PT_LOAD)
			continue;
		machine.data_end = p->p_vaddr + p->p_memsz;
		map(p->p_vaddr, p->p_memsz);
		memcpy(machine.memory + p->p_vaddr, file + p->p_offset, p->p_filesz);
		*headers = p->p_offset ? *headers : p->p_vaddr + elf->e_phoff;
	}
	return elf;
}

int main(int argc, char **argv)
{
	uint32_t headers = 0, stack, code = 1 << 3, data = 2 << 3;
	const Elf32_Ehdr *elf;
	uc_hook hook;

	machine.memory = mmap(NULL, 1UL << 32, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (argc < 2 || machine.memory == MAP_FAILED || uc_open(UC_ARCH_X86, UC_MODE_32, &machine.cpu))
		return fprintf(stderr, "Usage: unicorn PROGRAM [ARGUMENT]...\n"), 125;
	machine.server = (struct socketcall_server){
		.arch = socketcall_arch("i386"),
		.memory = { read_guest, write_guest, at, NULL },
		.backend = &socketcall_host_backend,
		.context = &machine.host,
		.scratch = malloc(SOCKETCALL_SCRATCH),
		.scratch_size = SOCKETCALL_SCRATCH,
	};
	map(TABLE, PAGE);
	map(STACK_END - STACK, STACK);
	((uint64_t *)(void *)(machine.memory + TABLE))[1] = segment(0, 0x0b);
	((uint64_t *)(void *)(machine.memory + TABLE))[2] = segment(0, 0x03);
	uc_reg_write(machine.cpu, UC_X86_REG_GDTR, &(uc_x86_mmr){ 0, TABLE, 255, 0 });
	uc_reg_write(machine.cpu, UC_X86_REG_CS, &code);
	uc_reg_write(machine.cpu, UC_X86_REG_SS, &data);
	uc_reg_write(machine.cpu, UC_X86_REG_DS, &data);
	uc_reg_write(machine.cpu, UC_X86_REG_ES, &data);
	if (!(elf = load(argv[1], &headers)) || !machine.server.scratch)
		return fprintf(stderr, "unicorn: %s: not a static program of i386\n", argv[1]), 125;
	stack = stack_of(argv + 1, elf, headers);
	uc_reg_write(machine.cpu, UC_X86_REG_ESP, &stack);
	uc_hook_add(machine.cpu, &hook, UC_HOOK_INTR, (void *)on_interrupt, NULL, 1, 0);
	uc_emu_start(machine.cpu, elf->e_entry, 0, 0, 0);
	return machine.status < 0 ? 125 : machine.status;
}
