/* SPDX-License-Identifier: MIT
 *
 * policy/: which sockets a program may create, with the same answer at every door of an x86-64 kernel. A policy is read
 * from a list of socket families or from a seccomp profile in JSON. Then socketcall_policy_judge() says what it answers
 * to one call, and socketcall_policy_compile() makes a seccomp filter of it. The manual page is socketcall_policy(3);
 * socketcall-policy(5) has the formats. A sandbox in three lines, each of which can fail (examples/sandbox.c):
 *
 *	struct socketcall_policy_rule rules[64];
 *	struct socketcall_policy policy = { .rules = rules, .capacity = 64 };
 *	struct sock_filter filter[512];
 *
 *	r = socketcall_policy_families(&policy, "AF_UNIX AF_INET", 15, SOCKETCALL_POLICY_REFUSED, &error);
 *	length = socketcall_policy_compile(&policy, 1, &(struct socketcall_policy_options){ 0 }, filter, 512);
 *	r = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &(struct sock_fprog){ (unsigned short)length, filter });
 *
 * Nothing is allocated, and no state is kept: all memory is the caller's. Reentrant. Functions return 0 or more, or
 * -errno. C11 and C++11.
 *
 * The doors are x86-64's direct calls, i386's direct calls (64-bit code can make them, too), i386's socketcall, x32,
 * and io_uring. Words of calls are compared as the kernel takes them (abi/kinds.def): an int by its low 32 bits, a
 * pointer or a size by all 64.
 */
#ifndef SOCKETCALL_POLICY_H
#define SOCKETCALL_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "abi/calls.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A verdict is what a seccomp filter returns: SECCOMP_RET_ALLOW, SECCOMP_RET_LOG (allowed, and in the audit log),
 * SECCOMP_RET_ERRNO | errno, SECCOMP_RET_TRAP, SECCOMP_RET_KILL_THREAD or SECCOMP_RET_KILL_PROCESS. Error numbers are
 * x86's.
 */
typedef uint32_t socketcall_policy_verdict;

/* EAFNOSUPPORT: what the kernel answers when it lacks a family, and systemd's answer to refused families. */
#define SOCKETCALL_POLICY_REFUSED (SECCOMP_RET_ERRNO | 97)
/* ENOSYS: the answer at doors that a policy closes. */
#define SOCKETCALL_POLICY_CLOSED (SECCOMP_RET_ERRNO | 38)

/* Calls are bits: 1u << SOCKETCALL_SOCKET and so on. One more call exists only as a direct call: */
enum {
	SOCKETCALL_POLICY_RECVMMSG_TIME64 = SOCKETCALL_CALLS + 1, /* i386's recvmmsg with 64-bit times */
};

/* How a condition compares the masked argument with its value, unsigned. */
enum socketcall_policy_comparison {
	SOCKETCALL_POLICY_EQUAL,     /* == */
	SOCKETCALL_POLICY_NOT_EQUAL, /* != */
	SOCKETCALL_POLICY_LESS,      /* < */
	SOCKETCALL_POLICY_AT_MOST,   /* <= */
	SOCKETCALL_POLICY_GREATER,   /* > */
	SOCKETCALL_POLICY_AT_LEAST,  /* >= */
};

struct socketcall_policy_condition {
	unsigned char argument;   /* 0 to 5 */
	unsigned char comparison; /* enum socketcall_policy_comparison */
	uint64_t mask;            /* (argument & mask) is compared with value; of an int, only 32 bits count */
	uint64_t value;
};

/* If the call is one of `calls` and all conditions hold, it gets the verdict. */
struct socketcall_policy_rule {
	uint32_t calls; /* bits */
	socketcall_policy_verdict verdict;
	unsigned line, column;   /* where the rule stands in its source, from 1 */
	unsigned offset, length; /* its first byte in the source, from 0, and how many bytes it has (0: none) */
	unsigned char condition_count;
	struct socketcall_policy_condition condition[SOCKETCALL_WORDS];
};

/* A place in the text that a policy was read from; line 0: there is none. */
struct socketcall_policy_place {
	unsigned line, column; /* from 1; the column in bytes */
};

/*
 * A policy: the first rule that matches gives the verdict. Set `rules` and `capacity` before it is read, and leave the
 * other members 0; the array is used as long as the policy is.
 */
struct socketcall_policy {
	struct socketcall_policy_rule *rules;
	unsigned capacity, count;
	uint32_t calls;                      /* bits of the calls that are judged; others are allowed */
	socketcall_policy_verdict otherwise; /* of a judged call that no rule matches */
	/* The first rule that names socketcall, which is ignored: a multiplexed call is judged as the direct one. */
	struct socketcall_policy_place socketcall_rule;
	/* Where a profile lists its architectures, if i386 isn't one of them. A container runtime that loads such a
	 * profile kills whoever makes an i386 call; this policy's rules judge i386's calls like x86-64's. */
	struct socketcall_policy_place without_i386;
};

/* What is wrong with a text, and where: "expected a socket family such as AF_INET, not 'AF_INTE'". */
struct socketcall_policy_error {
	struct socketcall_policy_place place;
	char text[200];
};

/*
 * Reads a list of families, of `length` bytes, in the syntax of systemd's RestrictAddressFamilies= and FAMILY:TYPE and
 * FAMILY:TYPE:PROTOCOL (socketcall-policy(5)). Sockets that the list doesn't allow get the verdict `refused`. Returns
 * 0; or fills *error and returns -EINVAL if the text isn't such a list, -E2BIG if it needs more rules than there is
 * room for.
 */
int socketcall_policy_families(struct socketcall_policy *policy, const char *text, size_t length,
			       socketcall_policy_verdict refused, struct socketcall_policy_error *error);

/* The machine that a profile is read for: a profile's "includes" and "excludes" are conditions on it. */
struct socketcall_policy_machine {
	uint64_t capabilities; /* the program's, as bits: 1ull << CAP_* */
	unsigned kernel_major, kernel_minor;
};

/*
 * Reads a seccomp profile, OCI's ("linux.seccomp" of a config.json) or Docker's and Podman's, of `length` bytes of
 * JSON: its rules on socket calls. Returns as socketcall_policy_families(). An action that needs a supervisor,
 * SCMP_ACT_NOTIFY or SCMP_ACT_TRACE, on a socket call is -EINVAL.
 */
int socketcall_policy_profile(struct socketcall_policy *policy, const char *text, size_t length,
			      const struct socketcall_policy_machine *machine, struct socketcall_policy_error *error);

/*
 * Reads the verdict for refused sockets: "errno:NAME", "kill" (kills the process by SIGSYS) or "log" (allows the socket
 * and logs it). Returns 0, or -EINVAL with *error filled.
 */
int socketcall_policy_refused(const char *text, size_t length, socketcall_policy_verdict *verdict,
			      struct socketcall_policy_error *error);

struct socketcall_policy_options {
	/* The verdict for every multiplexed call; 0 stands for SOCKETCALL_POLICY_CLOSED. SECCOMP_RET_USER_NOTIF reports
	 * the call to a supervisor. SECCOMP_RET_ALLOW lets programs create any socket by socketcall, since a filter
	 * can't read the block. */
	socketcall_policy_verdict socketcall;
	/* Lets io_uring's calls through. A program can then create any socket by a ring. */
	bool io_uring;
	/* Bits of the calls that get SECCOMP_RET_USER_NOTIF instead of their verdict. The supervisor calls
	 * socketcall_policy_judge() for the verdict. It may answer SECCOMP_USER_NOTIF_FLAG_CONTINUE: the call's words
	 * are in registers, so no other thread can change them after they were judged. */
	uint32_t reported;
};

/*
 * Writes the filter for `count` policies. A call is allowed only if all policies allow it: the first refusal is the
 * answer, and an allowed call is logged if one policy answers SECCOMP_RET_LOG. With no policy, all direct calls are
 * allowed, and the other doors closed as `options` say. Returns the filter's length in instructions; -E2BIG if that is
 * more than `capacity` or BPF_MAXINSNS (4096). Uses 48 KiB of stack.
 */
int socketcall_policy_compile(const struct socketcall_policy *policies, unsigned count,
			      const struct socketcall_policy_options *options, struct sock_filter *filter,
			      unsigned capacity);

/*
 * Returns what that filter answers to a system call, except that options->reported is ignored: those calls get their
 * verdict. data->arch is an AUDIT_ARCH_*, and data->nr a number of that architecture.
 */
socketcall_policy_verdict socketcall_policy_judge(const struct socketcall_policy *policies, unsigned count,
						  const struct socketcall_policy_options *options,
						  const struct seccomp_data *data);

/* The same, with the indexes of the policy and the rule that decided. `rule` is -1 if the policy's `otherwise` refused
 * or logged the call. Both are -1 if the call was allowed without a rule, or if its door is closed. */
struct socketcall_policy_answer {
	socketcall_policy_verdict verdict;
	int policy, rule;
};
struct socketcall_policy_answer socketcall_policy_explain(const struct socketcall_policy *policies, unsigned count,
							  const struct socketcall_policy_options *options,
							  const struct seccomp_data *data);

#ifdef __cplusplus
}
#endif

#endif
