/* SPDX-License-Identifier: MIT */
#include "cli/policy.h"

#include "abi/kernel.h"
#include "cli/cli.h"
#include "policy/words.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	PROFILE_MOST = 16 << 20,   /* bytes of a profile's file */
	RULES_LEAST = 64,          /* the first size of a policy's array of rules, … */
	RULES_MOST = BPF_MAXINSNS, /* … which is doubled up to this one */
};

void cli_policy_keep(struct cli_policy *policy, const char **kept, const char *option)
{
	if (*kept)
		policy->repeated = option;
	*kept = optarg;
}

bool cli_policy_option(struct cli_policy *policy, int option)
{
	switch (option) {
	case CLI_POLICY_FAMILIES:
		cli_policy_keep(policy, &policy->families, "--families");
		return true;
	case CLI_POLICY_REFUSED:
		cli_policy_keep(policy, &policy->refused, "--refused");
		return true;
	case CLI_POLICY_PROFILE:
		cli_policy_keep(policy, &policy->profile, "--profile");
		return true;
	case CLI_POLICY_IO_URING:
		policy->options.io_uring = true;
		return true;
	}
	return false;
}

/* Prints where the text from `source` is wrong, and what was expected there. Returns CLI_FAILED. */
static int fail_at(const char *command, const char *source, const struct socketcall_policy_error *error)
{
	if (!error->place.line)
		return cli_fail(command, "%s: %s", source, error->text);
	return cli_fail(command, "%s:%u:%u: %s", source, error->place.line, error->place.column, error->text);
}

/* ---- A file ------------------------------------------------------------------------------------------------------ */

/* Reads the file to its end, but at most `most` bytes. Returns the length, or -1 with errno. */
static ssize_t read_all(int fd, char *text, size_t most)
{
	size_t length = 0;

	while (length < most) {
		ssize_t n = read(fd, text + length, most - length);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0)
			break;
		length += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)length;
}

/*
 * Returns the file's bytes, followed by a null byte, and sets *length to their number; or returns a null pointer, after
 * an error message.
 */
static char *read_file(const char *name, size_t *length, const char *command)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char *text = fd < 0 ? NULL : malloc(PROFILE_MOST + 1);
	ssize_t n = text ? read_all(fd, text, PROFILE_MOST + 1) : -1;
	int error = errno;

	if (fd >= 0)
		close(fd);
	if (n < 0 || n > PROFILE_MOST) {
		free(text);
		cli_fail(command, "%s: %s", name, strerror(n < 0 ? error : EFBIG));
		return NULL;
	}
	text[n] = '\0';
	*length = (size_t)n;
	return text;
}

/* ---- The two sources --------------------------------------------------------------------------------------------- */

struct socketcall_policy_machine cli_policy_machine(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
	int release = kernel_release(); /* KERNEL_RELEASE() */

	syscall(SYS_capget, &header, data);
	return (struct socketcall_policy_machine){
		.capabilities = data[0].permitted | (uint64_t)data[1].permitted << 32,
		.kernel_major = release > 0 ? (unsigned)release >> 12 : 0,
		.kernel_minor = release > 0 ? release & 0xfff : 0,
	};
}

int cli_policy_capabilities(const char *list, uint64_t *capabilities, const char *command)
{
	static const char separators[] = ", \t\n";

	for (*capabilities = 0; *(list += strspn(list, separators)); list += strcspn(list, separators)) {
		const struct policy_word word = { list, strcspn(list, separators) };
		int number = policy_capability(word);

		if (policy_word_is(word, "all"))
			*capabilities = UINT64_MAX;
		else if (number >= 0)
			*capabilities |= 1ull << number;
		else
			return cli_fail(command, "--caps: expected a capability such as CAP_CHOWN, not '%.*s'",
					(int)word.length, word.text);
	}
	return CLI_OK;
}

/* The text of a source, and how to read it. */
struct reading {
	const char *text;
	size_t length;
	socketcall_policy_verdict refused;
	const struct socketcall_policy_machine *machine; /* of a profile; null: it is a list */
};

static int read_into(struct socketcall_policy *policy, const struct reading *reading,
		     struct socketcall_policy_error *error)
{
	if (!reading->machine)
		return socketcall_policy_families(policy, reading->text, reading->length, reading->refused, error);
	return socketcall_policy_profile(policy, reading->text, reading->length, reading->machine, error);
}

/* Adds the policy in the text. Its array of rules is doubled until all rules fit. */
static int add(struct cli_policy *policy, const struct reading *reading, const char *source, const char *command)
{
	struct socketcall_policy *one = &policy->policies[policy->count];
	struct socketcall_policy_error error;
	int r = -E2BIG;

	for (unsigned capacity = RULES_LEAST; r == -E2BIG && capacity <= RULES_MOST; capacity *= 2) {
		free(one->rules);
		*one = (struct socketcall_policy){
			.rules = calloc(capacity, sizeof *one->rules),
			.capacity = capacity,
		};
		if (!one->rules)
			return cli_fail(command, "%s", strerror(ENOMEM));
		r = read_into(one, reading, &error);
	}
	if (r)
		return fail_at(command, source, &error);
	policy->sources[policy->count] = source;
	policy->texts[policy->count++] = reading->text;
	return CLI_OK;
}

/* Warns of parts of the profile that the policy ignores. */
static void warn_of_ignored(const struct cli_policy *policy, const char *source, const char *command)
{
	const struct socketcall_policy *profile = &policy->policies[policy->count - 1];

	if (profile->socketcall_rule.line && !policy->replaces_socketcall)
		cli_fail(command,
			 "%s:%u:%u: rules on socketcall are ignored: the rules on the direct calls hold there, too",
			 source, profile->socketcall_rule.line, profile->socketcall_rule.column);
	if (profile->without_i386.line)
		cli_fail(command,
			 "%s:%u:%u: the profile does not list i386: the rules on the direct calls hold there, too",
			 source, profile->without_i386.line, profile->without_i386.column);
}

int cli_policy_read(struct cli_policy *policy, const char *command)
{
	struct reading families = { .text = policy->families, .refused = SOCKETCALL_POLICY_REFUSED };
	struct socketcall_policy_machine here;
	struct reading profile = { .machine = policy->machine };
	struct socketcall_policy_error error;
	int status = CLI_OK;

	if (policy->repeated)
		return cli_fail(command, "%s is given twice", policy->repeated);
	if (policy->refused && !policy->families)
		return cli_fail(command, "--refused needs --families");
	if (policy->options.io_uring && !policy->families && !policy->profile)
		return cli_fail(command, "--allow-io-uring needs --families or --profile");
	if (policy->refused &&
	    socketcall_policy_refused(policy->refused, strlen(policy->refused), &families.refused, &error))
		return fail_at(command, "--refused", &error);
	if (families.refused == SECCOMP_RET_LOG)
		cli_fail(command, "--refused log: sockets that --families does not allow are created, and logged by "
				  "the kernel's audit system");
	if (policy->families) {
		families.length = strlen(policy->families);
		status = add(policy, &families, "--families", command);
	}
	if (status || !policy->profile)
		return status;
	if (!profile.machine) {
		here = cli_policy_machine();
		profile.machine = &here;
	}
	profile.text = read_file(policy->profile, &profile.length, command);
	if (!profile.text || add(policy, &profile, policy->profile, command))
		return CLI_FAILED;
	warn_of_ignored(policy, policy->profile, command);
	return CLI_OK;
}

struct sock_filter *cli_policy_compile(const struct cli_policy *policy, unsigned most, int *length, const char *command)
{
	struct sock_filter *filter = calloc(most, sizeof *filter);

	*length = filter ? socketcall_policy_compile(policy->policies, policy->count, &policy->options, filter, most)
			 : -ENOMEM;
	if (*length >= 0)
		return filter;
	if (*length == -E2BIG)
		cli_fail(command,
			 "the policy needs more than the %u instructions that a seccomp filter has room for here",
			 most);
	else
		cli_fail(command, "cannot compile the policy: %s", strerror(-*length));
	free(filter);
	return NULL;
}
