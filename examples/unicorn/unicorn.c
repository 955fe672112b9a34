/* SPDX-License-Identifier: MIT
 *
 * Usage: unicorn PROGRAM [ARGUMENT]...
 *
 * A user-mode emulator. It runs a static program of i386 or of s390x (64-bit words, big-endian) on Unicorn. The library
 * serves the program's socket calls with sockets of this process. The other system calls that such a program needs to
 * start, to read and to write are implemented here in the simplest way (calls.c), which is enough for busybox:
 *
 *	unicorn busybox wget -O - http://127.0.0.1:8000/
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "unicorn.h"

enum { STACK = 0x100000, MAPPINGS = 0x40000000, FAILED = 125 };
static const uint64_t STACK_END = 0xbfff0000;

struct machine machine = { .mappings_end = MAPPINGS, .status = -1 };

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

void map(uint64_t address, uint64_t size)
{
	uint64_t page = address / PAGE, end = (address + size + PAGE - 1) / PAGE;

	if (size > UINT32_MAX || end > sizeof machine.mapped)
		exit(FAILED);
	mprotect(machine.memory + page * PAGE, (end - page) * PAGE, PROT_READ | PROT_WRITE);
	for (; page < end; page++) {
		if (!machine.mapped[page])
			uc_mem_map_ptr(machine.cpu, page * PAGE, PAGE, UC_PROT_ALL, machine.memory + page * PAGE);
		machine.mapped[page] = 1;
	}
}

/* The library's hook: translates the guest's address, and reduces *size to the bytes that are mapped from there on. */
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

void *guest_bytes(uint64_t address, size_t size)
{
	size_t there = size;
	void *p = at(NULL, address, &there, 1);

	if (!size)
		return machine.memory;
	return there == size ? p : NULL;
}

uint64_t number_get(const void *bytes, unsigned size)
{
	int big = machine.server.arch->guest.order == SOCKETCALL_BIG;
	uint64_t number = 0;

	for (unsigned i = 0; i < size; i++)
		number = number << 8 | ((const unsigned char *)bytes)[big ? i : size - 1 - i];
	return number;
}

void number_put(void *bytes, unsigned size, uint64_t number)
{
	int big = machine.server.arch->guest.order == SOCKETCALL_BIG;

	for (unsigned i = 0; i < size; i++, number >>= 8)
		((unsigned char *)bytes)[big ? size - 1 - i : i] = (unsigned char)number;
}

/* ---- The program ------------------------------------------------------------------------------------------------- */

/* From an ELF header of 32 or 64 bits (elf(5)). */
struct program {
	uint64_t entry, headers, header_size, header_count; /* `headers`: offset of the program headers in the file */
	uint64_t headers_at;                                /* the program headers' address in memory */
};

static uint64_t push(uint64_t stack, const void *bytes, size_t size)
{
	stack = (stack - size) & ~UINT64_C(15);
	memcpy(machine.memory + stack, bytes, size);
	return stack;
}

/* Writes the initial stack: arguments, an empty environment, and the auxiliary vector. Returns the stack pointer. */
static uint64_t stack_of(char **argv, const struct program *program)
{
	const uint64_t auxiliary[] = { AT_PHDR,   program->headers_at,
				       AT_PHENT,  program->header_size,
				       AT_PHNUM,  program->header_count,
				       AT_ENTRY,  program->entry,
				       AT_PAGESZ, PAGE,
				       AT_UID,    0,
				       AT_RANDOM, STACK_END - 64,
				       AT_SECURE, 0 };
	enum { WORDS = 96, OF_AUXILIARY = sizeof auxiliary / sizeof *auxiliary };
	unsigned word = machine.server.arch->guest.word, n = 0;
	uint64_t stack = STACK_END - 128, words[WORDS] = { 0 };
	char bytes[WORDS * 8];

	for (; argv[n] && n < WORDS - OF_AUXILIARY - 6; n++)
		words[n + 1] = stack = push(stack, argv[n], strlen(argv[n]) + 1);
	words[0] = n;
	memcpy(words + n + 3, auxiliary, sizeof auxiliary);
	for (unsigned i = 0; i < WORDS; i++)
		number_put(bytes + (size_t)i * word, word, words[i]);
	return push(stack, bytes, (size_t)WORDS * word);
}

static int load_segment(const unsigned char *file, const unsigned char *header, uint64_t size)
{
	int wide = machine.server.arch->guest.word == 8;
	unsigned word = wide ? 8 : 4;
	uint64_t offset = number_get(header + (wide ? 8 : 4), word),
		 address = number_get(header + (wide ? 16 : 8), word);
	uint64_t in_file = number_get(header + (wide ? 32 : 16), word),
		 there = number_get(header + (wide ? 40 : 20), word);

	if (offset > size || in_file > size - offset || in_file > there)
		return -1;
	machine.data_end = address + there;
	map(address, there);
	memcpy(machine.memory + address, file + offset, in_file);
	return 0;
}

static int load(const unsigned char *file, uint64_t size, struct program *program)
{
	int wide = file[EI_CLASS] == ELFCLASS64;
	unsigned word = wide ? 8 : 4;

	program->entry = number_get(file + 24, word);
	program->headers = number_get(file + 24 + word, word);
	program->header_size = number_get(file + (wide ? 54 : 42), 2);
	program->header_count = number_get(file + (wide ? 56 : 44), 2);
	if (program->headers > size || program->header_size * program->header_count > size - program->headers)
		return -1;
	for (uint64_t i = 0; i < program->header_count; i++) {
		const unsigned char *header = file + program->headers + i * program->header_size;

		if (number_get(header, 4) != PT_LOAD)
			continue;
		if (load_segment(file, header, size))
			return -1;
		if (number_get(header + (wide ? 8 : 4), word) == 0) /* the file's beginning */
			program->headers_at = number_get(header + (wide ? 16 : 8), word) + program->headers;
	}
	return 0;
}

/* Maps a static program's file and chooses the guest for it. A null pointer if it is no static program of a guest. */
static const unsigned char *open_program(const char *path, uint64_t *size)
{
	int fd = open(path, O_RDONLY);
	struct stat status;
	unsigned char *file = MAP_FAILED;

	if (fd < 0 || fstat(fd, &status) || status.st_size < (off_t)sizeof(Elf64_Ehdr))
		return NULL;
	file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file == MAP_FAILED || memcmp(file, ELFMAG, SELFMAG) != 0)
		return NULL;
	*size = (uint64_t)status.st_size;
	for (size_t i = 0; i < sizeof guests / sizeof *guests; i++) {
		const struct socketcall_arch *arch = socketcall_arch(guests[i].name);

		machine.server.arch = arch; /* number_get() uses its byte order */
		machine.guest = &guests[i];
		if (file[EI_CLASS] == arch->guest.word / 4 && file[EI_DATA] == arch->guest.order &&
		    number_get(file + 16, 2) == ET_EXEC && number_get(file + 18, 2) == guests[i].elf_machine)
			return file;
	}
	return NULL;
}

static void on_exception(uc_engine *cpu, uint32_t exception, void *context)
{
	uint64_t arguments[ARGUMENTS] = { 0 };
	long number = machine.guest->number(exception), r;
	uint64_t counter = 0;

	(void)context;
	if (number < 0) {
		fprintf(stderr, "unicorn: the program has failed by exception %u\n", exception);
		uc_emu_stop(cpu);
		return;
	}
	for (int i = 0; i < ARGUMENTS; i++)
		uc_reg_read(cpu, machine.guest->arguments[i], &arguments[i]);
	r = system_call(number < NUMBERS ? machine.guest->calls[number] : 0, arguments);
	if (machine.status >= 0)
		return;
	uc_reg_write(cpu, machine.guest->result, &r);
	if (!machine.guest->skip)
		return;
	uc_reg_read(cpu, machine.guest->counter, &counter);
	counter += machine.guest->skip;
	uc_reg_write(cpu, machine.guest->counter, &counter);
}

int main(int argc, char **argv)
{
	struct program program = { 0 };
	const unsigned char *file = NULL;
	uint64_t size = 0, stack;
	uc_hook hook;

	if (argc < 2)
		return fprintf(stderr, "Usage: unicorn PROGRAM [ARGUMENT]...\n"), FAILED;
	file = open_program(argv[1], &size);
	if (!file)
		return fprintf(stderr, "unicorn: %s: not a static program of i386 or s390x\n", argv[1]), FAILED;
	machine.memory = mmap(NULL, 1UL << 32, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	machine.server.memory = (struct socketcall_memory_hooks){ read_guest, write_guest, at, NULL };
	machine.server.backend = &socketcall_host_backend;
	machine.server.context = &machine.host;
	machine.server.scratch = malloc(SOCKETCALL_SCRATCH);
	machine.server.scratch_size = SOCKETCALL_SCRATCH;
	if (machine.memory == MAP_FAILED || !machine.server.scratch ||
	    uc_open(machine.guest->arch, machine.guest->mode, &machine.cpu))
		return fprintf(stderr, "unicorn: out of memory, or Unicorn lacks this processor\n"), FAILED;
	map(OWN_PAGE, PAGE);
	map(STACK_END - STACK, STACK);
	if (load(file, size, &program))
		return fprintf(stderr, "unicorn: %s: the program is truncated\n", argv[1]), FAILED;
	machine.guest->start();
	stack = stack_of(argv + 1, &program);
	uc_reg_write(machine.cpu, machine.guest->stack, &stack);
	uc_hook_add(machine.cpu, &hook, UC_HOOK_INTR, (void *)on_exception, NULL, 1, 0);
	uc_emu_start(machine.cpu, program.entry, 0, 0, 0);
	return machine.status < 0 ? FAILED : machine.status;
}
