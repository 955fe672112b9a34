/* SPDX-License-Identifier: MIT
 * What the emulator's files share. unicorn.c has the memory and loads the program; guests.c has what differs between
 * processors; calls.c has the system calls. */
#ifndef EXAMPLES_UNICORN_H
#define EXAMPLES_UNICORN_H

#include <socketcall/host.h>
#include <unicorn/unicorn.h>

enum {
	PAGE = 4096,
	OWN_PAGE = 0x1000, /* a page of the guest's memory that the emulator uses: descriptor tables, start code */
};

/* The system calls that are implemented. */
enum call {
	NOTHING = 1, /* does nothing and returns 0 */
	SOCKETCALL,
	EXIT,
	READ,
	WRITE,
	CLOSE,
	TIME,
	BRK,
	WRITEV,
	POLL,
	MMAP,
	MMAP_BLOCK, /* mmap, whose arguments lie in memory */
	FCNTL,
	CLOCK_GETTIME,   /* struct timespec has two numbers of 32 bits */
	CLOCK_GETTIME64, /* struct timespec has two numbers of 64 bits */
	SET_THREAD_AREA,
};

enum { NUMBERS = 512, ARGUMENTS = 6 };

struct guest {
	const char *name;     /* for socketcall_arch() */
	unsigned elf_machine; /* elf.h's EM_ */
	uc_arch arch;
	uc_mode mode;
	int stack, counter, result, arguments[ARGUMENTS]; /* Unicorn's numbers of these registers */
	unsigned skip; /* bytes to add to the program counter after a call; for i386 Unicorn has already done it: 0 */
	unsigned char calls[NUMBERS]; /* enum call, by the guest's system call number; 0: ENOSYS */
	void (*start)(void);          /* sets the processor's initial state */
	/* The number of the system call if the exception is one, or -1. */
	long (*number)(uint32_t exception);
};

extern const struct guest guests[2];

extern struct machine {
	const struct guest *guest;
	uc_engine *cpu;
	unsigned char *memory;           /* the guest's address space: 4 GiB, of which only mapped pages can be used */
	unsigned char mapped[1U << 20];  /* by page number: 1 if the page is mapped */
	uint64_t data_end, mappings_end; /* where brk() and mmap() continue */
	int status;                      /* the program's exit status, or -1 while it runs */
	struct socketcall_server server;
	struct socketcall_host_context host;
} machine; /* one guest */

/* ---- unicorn.c ---- */

void map(uint64_t address, uint64_t size);

/* The emulator's address of `size` bytes at the guest's address; or a null pointer if they aren't all mapped. */
void *guest_bytes(uint64_t address, size_t size);

/* Read and write a number of 1 to 8 bytes in the guest's byte order. */
uint64_t number_get(const void *bytes, unsigned size);
void number_put(void *bytes, unsigned size, uint64_t number);

/* ---- calls.c ---- */

long system_call(enum call call, const uint64_t arguments[ARGUMENTS]);

/* ---- guests.c ---- */

/* For i386 only: set_thread_area(2). `address` is that of a struct user_desc. */
long set_thread_area(uint64_t address);

#endif
