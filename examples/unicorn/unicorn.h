/* SPDX-License-Identifier: MIT
 * What the emulator's parts know of each other: unicorn.c has the memory and the start, guests.c what is each
 * processor's own, calls.c the system calls. */
#ifndef EXAMPLES_UNICORN_H
#define EXAMPLES_UNICORN_H

#include <socketcall/host.h>
#include <unicorn/unicorn.h>

enum { PAGE = 4096, OWN_PAGE = 0x1000 }; /* a page of the guest's that its start uses */

/* The system calls that there are; NOTHING returns 0 and does nothing. */
enum call {
	NOTHING = 1,
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
	MMAP_BLOCK, /* its arguments lie in memory */
	FCNTL,
	CLOCK_GETTIME,
	CLOCK_GETTIME64, /* two numbers of 64 bits */
	SET_THREAD_AREA,
};

enum { NUMBERS = 512, ARGUMENTS = 6 };

struct guest {
	const char *name;     /* of abi/arch */
	unsigned elf_machine; /* elf.h's EM_ */
	uc_arch arch;
	uc_mode mode;
	int stack, counter, result, arguments[ARGUMENTS]; /* registers */
	unsigned behind; /* how many bytes further a program goes on that made a call: Unicorn's i386 knows that */
	unsigned char calls[NUMBERS]; /* enum call, by the guest's number */
	void (*start)(void);
	/* The number of the system call that this exception makes, or -1. */
	long (*number)(uint32_t exception);
};

extern const struct guest guests[2];

extern struct machine {
	const struct guest *guest;
	uc_engine *cpu;
	unsigned char *memory;          /* 4 GiB: the guest's addresses, of which only these pages are there */
	unsigned char mapped[1U << 20]; /* by page */
	uint64_t data_end, mappings_end;
	int status; /* that the program ended with, or -1 */
	struct socketcall_server server;
	struct socketcall_host_context host;
} machine; /* one guest */

/* ---- unicorn.c ---- */

void map(uint64_t address, uint64_t size);

/* All of `size` bytes of the guest's, or null. */
void *whole(uint64_t address, size_t size);

/* A number of the guest's byte order, of 1 to 8 bytes. */
uint64_t number_get(const void *bytes, unsigned size);
void number_put(void *bytes, unsigned size, uint64_t number);

/* ---- calls.c ---- */

long system_call(enum call call, const uint64_t arguments[ARGUMENTS]);

/* ---- guests.c ---- */

/* The i386's only: where its thread's variables lie. */
long set_thread_area(uint64_t address);

#endif
