/* SPDX-License-Identifier: MIT
 *
 * A small sandbox that lets a program create sockets of the listed families, and of no others:
 *
 *	cc sandbox.c $(pkg-config --cflags --libs socketcall) -o sandbox
 *	./sandbox "AF_UNIX AF_INET:STREAM" PROGRAM [ARGUMENT]...
 *
 * An older version used libseccomp, with a rule for each family:
 *
 *	seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
 *	seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_INET));
 *
 * Those rules leave other doors open for every family: socketcall, whose arguments lie in memory that a filter can't
 * read; io_uring; and AF_INET with SOCK_PACKET, for which the kernel creates a socket of AF_PACKET. The three calls
 * below replace the rules and close these doors. A 32-bit program that uses socketcall then gets ENOSYS; it works under
 * `socketcall run`, or with the preload.
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <socketcall/policy.h>

enum { RULES = 256, FAILED = 125, NOT_RUN = 126 };

int main(int argc, char **argv)
{
	static struct socketcall_policy_rule rules[RULES];
	static struct sock_filter code[BPF_MAXINSNS];
	struct socketcall_policy policy = { .rules = rules, .capacity = RULES };
	const struct socketcall_policy_options options = { .socketcall = SOCKETCALL_POLICY_CLOSED };
	struct socketcall_policy_error error = { .text = "" };
	struct sock_fprog filter = { .filter = code };
	int length;

	if (argc < 3) {
		fprintf(stderr, "Usage: %s FAMILIES PROGRAM [ARGUMENT]...\n", argv[0]);
		return FAILED;
	}
	/* 1: read the list of allowed families. */
	if (socketcall_policy_families(&policy, argv[1], strlen(argv[1]), SOCKETCALL_POLICY_REFUSED, &error)) {
		fprintf(stderr, "%s: %u:%u: %s\n", argv[0], error.place.line, error.place.column, error.text);
		return FAILED;
	}
	/* 2: compile it to a seccomp filter. */
	length = socketcall_policy_compile(&policy, 1, &options, code, BPF_MAXINSNS);
	if (length < 0) {
		fprintf(stderr, "%s: this policy is too big for a seccomp filter\n", argv[0]);
		return FAILED;
	}
	filter.len = (unsigned short)length;
	/* 3: load the filter. From here on the kernel applies it to this process and to all its children. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) {
		perror("prctl");
		return FAILED;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return NOT_RUN;
}
