/* SPDX-License-Identifier: MIT
 *
 * For tests: a program under one seccomp filter that closes doors by rules.
 *
 * Usage: doors [RULE]... -- PROGRAM [ARGUMENT]...
 *        doors [RULE]... --write               the filter, to standard output, instead of a program under it
 *        doors --each FILE PROGRAM [ARGUMENT]...  the program for each line of the file, RULEs, under these, and behind
 *                                              each one's output a line "= STATUS", 128+n if signal n killed it
 *   RULE    ABI:FIRST[-LAST]:CONDITION:ACTION; the first that fits decides, else the call is allowed
 *   ABI     x86_64 (native numbers only), i386, x32 (FIRST and LAST without bit 30)
 *   CONDITION  -              always
 *              N:FAMILY,...   argument N is one of these, by its low 32 bits
 *              N!FAMILY,...   it is none of them
 *              N=FAMILY,...   it is one of these, by all 64 bits
 *              N~FAMILY,...   it is none of them, by all 64 bits
 *              N&MASK         it has a bit of MASK set
 *   ACTION  a number: ERRNO of it; kill, thread (kill it), trap, notify (a listener that nobody answers at), allow
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LENGTH_MAX = BPF_MAXINSNS, X32_BIT = 0x40000000, VALUES_MAX = 32 };

static struct sock_filter code[LENGTH_MAX];
static unsigned short length;

__attribute__((noreturn)) static void fail(const char *what, const char *which)
{
	fprintf(stderr, "doors: %s: %s\n", what, which);
	exit(125);
}

static unsigned short add(unsigned short op, unsigned k)
{
	if (length == LENGTH_MAX)
		fail("too many", "rules");
	code[length] = (struct sock_filter)BPF_STMT(op, k);
	return length++;
}

/* A jump whose targets are set by come_here(). */
static unsigned short add_jump(unsigned short op, unsigned k)
{
	return add(BPF_JMP | op | BPF_K, k);
}

static void come_here(unsigned short jump, int if_true)
{
	unsigned char *target = if_true ? &code[jump].jt : &code[jump].jf;

	if (length - jump - 1 > 255)
		fail("too long", "a rule");
	*target = (unsigned char)(length - jump - 1);
}

static void load(size_t offset)
{
	add(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset);
}

static unsigned action(const char *text)
{
	static const struct {
		const char *name;
		unsigned action;
	} actions[] = {
		{ "kill", SECCOMP_RET_KILL_PROCESS }, { "thread", SECCOMP_RET_KILL_THREAD },
		{ "trap", SECCOMP_RET_TRAP },         { "notify", SECCOMP_RET_USER_NOTIF },
		{ "allow", SECCOMP_RET_ALLOW },
	};

	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (strcmp(text, actions[i].name) == 0)
			return actions[i].action;
	if (*text < '0' || *text > '9')
		fail("no such action", text);
	return SECCOMP_RET_ERRNO | (unsigned)atoi(text);
}

/* The rule doesn't fit where these jumps lead: `out` of them, in `outs`; the sense of each beside it. */
struct outs {
	unsigned short jump[2 * VALUES_MAX + 8];
	int if_true[2 * VALUES_MAX + 8];
	unsigned count;
};

static void out(struct outs *outs, unsigned short jump, int if_true)
{
	outs->jump[outs->count] = jump;
	outs->if_true[outs->count++] = if_true;
}

static void add_values(struct outs *outs, size_t argument, char kind, char *values)
{
	unsigned short hits[VALUES_MAX];
	unsigned count = 0;
	int none = kind == '!' || kind == '~', all_bits = kind == '=' || kind == '~';
	unsigned short high = 0;

	if (all_bits) {
		/* Numbers here have no high bits: with one, the argument is none of them. */
		load(argument + 4);
		high = add_jump(BPF_JEQ, 0);
		if (!none)
			out(outs, high, 0);
	}
	load(argument);
	for (char *value = strsep(&values, ","); value; value = strsep(&values, ",")) {
		if (count == VALUES_MAX)
			fail("too many", "values");
		hits[count++] = add_jump(BPF_JEQ, (unsigned)strtoul(value, NULL, 0));
	}
	if (none) {
		for (unsigned i = 0; i < count; i++)
			out(outs, hits[i], 1);
		if (all_bits)
			come_here(high, 0);
		return;
	}
	out(outs, add(BPF_JMP | BPF_JA, 0), -1);
	for (unsigned i = 0; i < count; i++)
		come_here(hits[i], 1);
}

static void add_condition(struct outs *outs, char *text)
{
	size_t argument;

	if (strcmp(text, "-") == 0)
		return;
	if (text[0] < '0' || text[0] > '5' || !strchr(":!=~&", text[1]))
		fail("no such condition", text);
	argument = offsetof(struct seccomp_data, args) + 8 * (size_t)(text[0] - '0');
	if (text[1] != '&') {
		add_values(outs, argument, text[1], text + 2);
		return;
	}
	load(argument);
	out(outs, add_jump(BPF_JSET, (unsigned)strtoul(text + 2, NULL, 0)), 0);
}

static void add_rule(char *rule)
{
	struct outs outs = { .count = 0 };
	char *last = strrchr(rule, ':'), *abi = strsep(&rule, ":"), *numbers = strsep(&rule, ":");
	unsigned bit = strcmp(abi, "x32") == 0 ? X32_BIT : 0;
	char *end;
	unsigned first_number, last_number;

	if (!numbers || !rule || last < rule)
		fail("not ABI:NUMBERS:CONDITION:ACTION", abi);
	*last = 0;
	first_number = (unsigned)strtoul(numbers, &end, 0);
	last_number = *end == '-' ? (unsigned)strtoul(end + 1, NULL, 0) : first_number;
	load(offsetof(struct seccomp_data, arch));
	out(&outs, add_jump(BPF_JEQ, strcmp(abi, "i386") == 0 ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64), 0);
	load(offsetof(struct seccomp_data, nr));
	out(&outs, add_jump(BPF_JGE, first_number | bit), 0);
	out(&outs, add_jump(BPF_JGT, last_number | bit), 1);
	add_condition(&outs, rule);
	add(BPF_RET | BPF_K, action(last + 1));
	for (unsigned i = 0; i < outs.count; i++)
		if (outs.if_true[i] < 0)
			code[outs.jump[i]].k = length - outs.jump[i] - 1u;
		else
			come_here(outs.jump[i], outs.if_true[i]);
}

static void load_filter(int listening)
{
	struct sock_fprog program = { .len = length, .filter = code };
	int fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		fail("prctl", strerror(errno));
	fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, listening ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0,
			  &program);
	if (fd < 0)
		fail("can't load the filter", strerror(errno));
	/* The program keeps the listener open. */
	if (listening && fcntl(fd, F_SETFD, 0))
		fail("fcntl", strerror(errno));
}

/* Rules as far as "--"; returns how many. */
static int add_rules(char **rules, int *listening)
{
	int i;

	for (i = 0; rules[i] && strncmp(rules[i], "--", 2) != 0; i++) {
		*listening |= strlen(rules[i]) > 7 && strcmp(rules[i] + strlen(rules[i]) - 7, ":notify") == 0;
		add_rule(rules[i]);
	}
	add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return i;
}

__attribute__((noreturn)) static void start(char **rules, char **command)
{
	int listening = 0;

	add_rules(rules, &listening);
	load_filter(listening);
	execvp(command[0], command);
	fail(command[0], strerror(errno));
}

static int for_each_line(const char *path, char **command)
{
	char line[65536], *rules[1024];
	FILE *file = fopen(path, "r");

	if (!file)
		fail(path, strerror(errno));
	while (fgets(line, sizeof line, file)) {
		char *rest = line;
		int n = 0, status;
		pid_t pid;

		for (char *word = strsep(&rest, " \n"); word && n < 1023; word = strsep(&rest, " \n"))
			if (*word)
				rules[n++] = word;
		rules[n] = NULL;
		pid = fork();
		if (pid == 0)
			start(rules, command);
		if (pid < 0 || waitpid(pid, &status, 0) < 0)
			fail("can't start", command[0]);
		printf("= %d\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
		fflush(stdout);
	}
	fclose(file);
	return 0;
}

int main(int argc, char **argv)
{
	int listening = 0, i;

	if (argc > 3 && strcmp(argv[1], "--each") == 0)
		return for_each_line(argv[2], argv + 3);
	for (i = 1; i < argc && strncmp(argv[i], "--", 2) != 0; i++)
		;
	if (i + 1 < argc && strcmp(argv[i], "--") == 0)
		start(argv + 1, argv + i + 1);
	if (i + 1 != argc || strcmp(argv[i], "--write") != 0)
		fail("which program?", "doors [RULE]... -- PROGRAM [ARGUMENT]...");
	add_rules(argv + 1, &listening);
	return fwrite(code, sizeof *code, length, stdout) == length ? 0 : 125;
}
