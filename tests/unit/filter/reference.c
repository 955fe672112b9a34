/* SPDX-License-Identifier: MIT */
#include "tests/unit/filter/reference.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

bool reference_holds(unsigned op, uint32_t word, uint32_t value)
{
	switch (op) {
	case BPF_JEQ:
		return word == value;
	case BPF_JGT:
		return word > value;
	case BPF_JGE:
		return word >= value;
	case BPF_JSET:
		return (word & value) != 0;
	}
	abort();
}

uint32_t reference_answer(const struct sock_filter *code, unsigned length, const struct seccomp_data *data,
			  unsigned *executed)
{
	unsigned unused;
	uint32_t a = 0, x = 0, memory[BPF_MEMWORDS] = { 0 };

	if (!executed)
		executed = &unused;
	*executed = 0;
	for (unsigned at = 0; at < length; at++) {
		const struct sock_filter *f = &code[at];
		uint32_t k = f->code & BPF_X && BPF_CLASS(f->code) >= BPF_ALU ? x : f->k;

		++*executed;
		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + f->k, sizeof a);
			break;
		case BPF_LD | BPF_W | BPF_LEN:
			a = sizeof *data;
			break;
		case BPF_LDX | BPF_W | BPF_LEN:
			x = sizeof *data;
			break;
		case BPF_LD | BPF_IMM:
			a = k;
			break;
		case BPF_LDX | BPF_IMM:
			x = k;
			break;
		case BPF_LD | BPF_MEM:
			a = memory[k];
			break;
		case BPF_LDX | BPF_MEM:
			x = memory[k];
			break;
		case BPF_ST:
			memory[k] = a;
			break;
		case BPF_STX:
			memory[k] = x;
			break;
		case BPF_MISC | BPF_TAX:
			x = a;
			break;
		case BPF_MISC | BPF_TXA:
			a = x;
			break;
		case BPF_ALU | BPF_NEG:
			a = 0 - a;
			break;
		case BPF_RET | BPF_K:
			return f->k;
		case BPF_RET | BPF_A:
			return a;
		case BPF_JMP | BPF_JA:
			at += f->k;
			break;
		default:
			if (BPF_CLASS(f->code) == BPF_JMP) {
				bool is = reference_holds(BPF_OP(f->code), a, k);

				at += is ? f->jt : f->jf;
				break;
			}
			switch (BPF_OP(f->code)) {
			case BPF_ADD:
				a += k;
				break;
			case BPF_SUB:
				a -= k;
				break;
			case BPF_MUL:
				a *= k;
				break;
			case BPF_DIV:
				if (!k)
					return 0;
				a /= k;
				break;
			case BPF_AND:
				a &= k;
				break;
			case BPF_OR:
				a |= k;
				break;
			case BPF_XOR:
				a ^= k;
				break;
			case BPF_LSH:
				a <<= k & 31;
				break;
			case BPF_RSH:
				a >>= k & 31;
				break;
			default:
				abort();
			}
		}
	}
	abort();
}

bool reference_kernel_accepts(const struct sock_filter *code, unsigned length)
{
	struct sock_fprog program = { .len = (unsigned short)length, .filter = (struct sock_filter *)code };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
			_exit(1);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	return !WIFEXITED(status) || WEXITSTATUS(status) != 1;
}
