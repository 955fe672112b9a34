/* SPDX-License-Identifier: MIT
 *
 * For tests: a program with some of i386's system calls answered by seccomp filters.
 *
 * Usage: filter [OPTION]... -- PROGRAM [ARGUMENT]...
 *   --deny ERRNO:NR[-NR][,NR[-NR]]...  these system calls, by number
 *   --family ERRNO:FAMILY              socket (359) of this family, as a number or one of the names below
 *   --no-exec ERRNO                    what makes memory executable that wasn't mapped from a file so: mprotect and
 *                                      pkey_mprotect with PROT_EXEC, and mmap2 with PROT_EXEC and MAP_ANONYMOUS
 *   --no-wx                            mmap2, mprotect and pkey_mprotect with PROT_WRITE and PROT_EXEC answer EPERM
 * ERRNO is a number or one of the names below. Every option is a filter of its own; all are loaded.
 */
#include "filter/load.h"

#include <errno.h>
#include <getopt.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	I386_MPROTECT = 125,
	I386_MMAP2 = 192,
	I386_SOCKET = 359,
	I386_PKEY_MPROTECT = 380,
	LENGTH_MAX = 256,
};

struct program {
	struct sock_filter code[LENGTH_MAX];
	unsigned short length;
};

static const struct name {
	const char *name;
	int value;
} errors[] = {
	{ "ENOSYS", ENOSYS }, { "EPERM", EPERM },   { "EACCES", EACCES }, { "EAFNOSUPPORT", EAFNOSUPPORT },
	{ "EINVAL", EINVAL }, { "ENOMEM", ENOMEM }, { NULL, 0 },
}, families[] = {
	{ "AF_UNIX", AF_UNIX },       { "AF_INET", AF_INET },     { "AF_INET6", AF_INET6 },
	{ "AF_NETLINK", AF_NETLINK }, { "AF_PACKET", AF_PACKET }, { "AF_ALG", AF_ALG },
	{ "AF_VSOCK", AF_VSOCK },     { NULL, 0 },
};

__attribute__((noreturn)) static void fail(const char *what, const char *which)
{
	fprintf(stderr, "filter: %s: %s\n", what, which);
	exit(125);
}

/* The number at `*text`, or the name's value; `*text` is then behind it. */
static unsigned value(const char **text, const struct name *names)
{
	size_t n = strcspn(*text, ":,-");
	char *end;
	unsigned long number;

	for (; names && names->name; names++)
		if (strlen(names->name) == n && memcmp(names->name, *text, n) == 0) {
			*text += n;
			return (unsigned)names->value;
		}
	number = strtoul(*text, &end, 0);
	if (end == *text)
		fail("no such name or number", *text);
	*text = end;
	return (unsigned)number;
}

static void add(struct program *p, struct sock_filter instruction)
{
	if (p->length == LENGTH_MAX)
		fail("too long", "a filter");
	p->code[p->length++] = instruction;
}

static void add_load(struct program *p, size_t offset)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

static void add_return(struct program *p, unsigned action)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* What every filter begins with: other architectures are let through; then the number is loaded. */
static void begin(struct program *p)
{
	p->length = 0;
	add_load(p, offsetof(struct seccomp_data, arch));
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 1, 0));
	add_return(p, SECCOMP_RET_ALLOW);
	add_load(p, offsetof(struct seccomp_data, nr));
}

static void end(struct program *p)
{
	int r;

	add_return(p, SECCOMP_RET_ALLOW);
	r = filter_load(p->code, p->length);
	if (r)
		fail("can't load the seccomp filter", strerror(-r));
}

/* Answers `error` to call `number` when every bit of `bits` is set in that argument. Leaves the number loaded. */
static void add_bits_rule(struct program *p, unsigned number, unsigned argument, unsigned bits, unsigned error)
{
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 5));
	add_load(p, offsetof(struct seccomp_data, args) + 8 * argument);
	add(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits));
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, bits, 0, 1));
	add_return(p, SECCOMP_RET_ERRNO | error);
	add_load(p, offsetof(struct seccomp_data, nr));
}

static void deny(const char *text)
{
	struct program p;
	unsigned error = value(&text, errors);

	begin(&p);
	while (*text) {
		unsigned first, last;

		text++;
		first = last = value(&text, NULL);
		if (*text == '-') {
			text++;
			last = value(&text, NULL);
		}
		add(&p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first, 0, 2));
		add(&p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0));
		add_return(&p, SECCOMP_RET_ERRNO | error);
	}
	end(&p);
}

static void refuse_family(const char *text)
{
	struct program p;
	unsigned error = value(&text, errors), family;

	if (*text++ != ':')
		fail("ERRNO:FAMILY is wanted before", text - 1);
	family = value(&text, families);
	begin(&p);
	add(&p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, I386_SOCKET, 0, 3));
	add_load(&p, offsetof(struct seccomp_data, args));
	add(&p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, family, 0, 1));
	add_return(&p, SECCOMP_RET_ERRNO | error);
	end(&p);
}

/* mmap2 with PROT_EXEC and MAP_ANONYMOUS: two arguments in one rule. */
static void add_anonymous_rule(struct program *p, unsigned error)
{
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, I386_MMAP2, 0, 6));
	add_load(p, offsetof(struct seccomp_data, args) + 8 * 2);
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 3));
	add_load(p, offsetof(struct seccomp_data, args) + 8 * 3);
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 0, 1));
	add_return(p, SECCOMP_RET_ERRNO | error);
	add_load(p, offsetof(struct seccomp_data, nr));
}

static void refuse_exec(const char *text)
{
	struct program p;
	unsigned error = value(&text, errors);

	begin(&p);
	add_bits_rule(&p, I386_MPROTECT, 2, PROT_EXEC, error);
	add_bits_rule(&p, I386_PKEY_MPROTECT, 2, PROT_EXEC, error);
	add_anonymous_rule(&p, error);
	end(&p);
}

static void refuse_wx(void)
{
	struct program p;

	begin(&p);
	add_bits_rule(&p, I386_MPROTECT, 2, PROT_WRITE | PROT_EXEC, EPERM);
	add_bits_rule(&p, I386_PKEY_MPROTECT, 2, PROT_WRITE | PROT_EXEC, EPERM);
	add_bits_rule(&p, I386_MMAP2, 2, PROT_WRITE | PROT_EXEC, EPERM);
	end(&p);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "deny", required_argument, NULL, 'd' },
		{ "family", required_argument, NULL, 'f' },
		{ "no-exec", required_argument, NULL, 'x' },
		{ "no-wx", no_argument, NULL, 'w' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1)
		switch (option) {
		case 'd':
			deny(optarg);
			break;
		case 'f':
			refuse_family(optarg);
			break;
		case 'x':
			refuse_exec(optarg);
			break;
		case 'w':
			refuse_wx();
			break;
		default:
			return 125;
		}
	if (optind == argc)
		fail("which program?", "filter [OPTION]... -- PROGRAM [ARGUMENT]...");
	execvp(argv[optind], argv + optind);
	fail(argv[optind], strerror(errno));
}
