/* SPDX-License-Identifier: MIT */
#include "agent/container.h"
#include "cli/cli.h"
#include "cli/oci.h"
#include "cli/policy.h"
#include "policy/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"Usage: socketcall profile [OPTION]... [FILE]\n"
	"Read a container engine's seccomp profile, and write it with socketcall closed:\n"
	"for 'socketcall run' as the entry point, or, with --listen, for\n"
	"'socketcall agent'. Without FILE, /usr/share/containers/seccomp.json is read.\n"
	"\n"
	"      --listen PATH     report socketcall to the agent at PATH\n"
	"      --families LIST   allow sockets of these address families only, as run does\n"
	"      --format FORMAT   docker: the engines' own format, for Docker and Podman (default)\n"
	"                        oci: for containerd, CRI-O, Kubernetes and runtimes, with the\n"
	"                        rules that apply to --caps and to this kernel\n"
	"      --caps LIST       with --format oci: the containers' capabilities (CAP_CHOWN,KILL,…;\n"
	"                        default: Docker's)\n"
	"      --runtime crun|runc\n"
	"                        write the filter flags that this runtime accepts (default: none)\n"
	"      --filter-loads    report loads of filters by 32-bit programs as well, for programs\n"
	"                        whose filters allow only socketcall (Chromium's sandbox)\n"
	"      --metadata TEXT   listenerMetadata, which agent --status shows\n"
	"      --audit           leave socketcall open, and report it to 'agent --audit'\n"
	"  -h, --help            this text\n"
	"\n"
	"Standard error says what was changed, and why. Exit status: 0; 125 when socketcall\n"
	"itself fails.";

#define STANDARD_PROFILE "/usr/share/containers/seccomp.json"

/* The capabilities that Docker and containerd give a container by default (their documentation of --cap-add). */
#define STANDARD_CAPABILITIES                                                                                          \
	"CHOWN,DAC_OVERRIDE,FSETID,FOWNER,MKNOD,NET_RAW,SETGID,SETUID,SETFCAP,SETPCAP,NET_BIND_SERVICE,SYS_CHROOT,"    \
	"KILL,AUDIT_WRITE"

enum { FORMAT = 0x200, CAPS, RUNTIME, LISTEN, FILTER_LOADS, METADATA, AUDIT };

struct request {
	struct cli_policy policy;
	struct cli_oci oci;
	const char *capabilities, *runtime; /* the arguments of --caps and --runtime, or null */
	bool for_runtimes;                  /* --format oci; else the engines' own format */
	bool audit;
};

/* ---- Messages ---------------------------------------------------------------------------------------------------- */

/* Prints what becomes of socketcall, and why. */
static void print_socketcall(const struct request *request)
{
	const struct cli_oci *oci = &request->oci;

	if (request->audit)
		fprintf(stderr,
			"- socketcall is reported to the agent at %s,\n"
			"  and stays open: it can create sockets of any family. 'socketcall agent --audit'\n"
			"  says which programs use it.\n",
			oci->listener);
	else if (oci->listener)
		fprintf(stderr,
			"- socketcall is reported to the agent at %s.\n"
			"  While no agent listens there, containers with this profile do not start.\n",
			oci->listener);
	else
		fprintf(stderr,
			"- socketcall is refused with %s as a whole, because a filter cannot see which\n"
			"  socket is requested. 32-bit programs need 'socketcall run' as their entry point.\n",
			oci->otherwise == SOCKETCALL_POLICY_CLOSED ? "EACCES" : "ENOSYS");
	if (!oci->listener && oci->otherwise == SOCKETCALL_POLICY_CLOSED)
		fputs("  It is not ENOSYS, which is the default action of this profile: runtimes drop\n"
		      "  rules that equal the default.\n",
		      stderr);
}

/* Prints what differs from the given profile, and why. */
static void print_changes(const struct request *request)
{
	const struct cli_oci *oci = &request->oci;

	fprintf(stderr, "socketcall profile: changes to %s:\n", request->policy.profile);
	print_socketcall(request);
	if (request->for_runtimes)
		fputs("- Rules on socket calls compare the low 32 bits of ints, as the kernel does.\n", stderr);
	if (!oci->io_uring)
		fputs("- io_uring is refused: it can create sockets of any family.\n", stderr);
	if (oci->filter_loads)
		fputs("- Loads of filters by programs with 32-bit pointers are reported to the agent.\n", stderr);
	if (oci->flag)
		fprintf(stderr, "- The flag %s is added, for %s.\n", oci->flag, request->runtime);
}

/* Prints which keys of the given profile the written one does not have. */
static void print_removed_keys(const struct request *request)
{
	struct socketcall_policy_error error;
	struct json json;
	struct json_string key;

	json_begin(&json, request->oci.profile, strlen(request->oci.profile), &error);
	json_object(&json);
	while (json_key(&json, &key)) {
		if (json_is(key, "flags") && !json_null(&json) && *json_here(&json) == '[')
			fputs("- The profile's flags are left out: use --runtime to write those that a runtime\n"
			      "  accepts.\n",
			      stderr);
		if ((json_is(key, "listenerPath") || json_is(key, "listenerMetadata")) && !json_null(&json))
			fprintf(stderr, "- The profile's %.*s is left out.\n", (int)key.length, key.text);
		json_skip(&json);
	}
}

/* ---- Reading and writing ----------------------------------------------------------------------------------------- */

/* Checks the combination of options, and fills in the defaults. CLI_OK or CLI_FAILED. */
static int complete(struct request *request)
{
	struct cli_oci *oci = &request->oci;
	const char *capabilities = request->capabilities ? request->capabilities : STANDARD_CAPABILITIES;

	if (request->audit && !oci->listener)
		return cli_fail("profile", "--audit needs --listen: the agent tells which programs use socketcall");
	if (oci->filter_loads && !oci->listener)
		return cli_fail("profile", "--filter-loads needs --listen: loads of filters are reported to the agent");
	if (oci->metadata && (!oci->listener || request->audit))
		return cli_fail("profile", "--metadata needs --listen, and excludes --audit");
	if (request->capabilities && !request->for_runtimes)
		return cli_fail("profile", "--caps is for --format oci: engines know a container's capabilities");
	if (request->audit)
		oci->metadata = AGENT_AUDIT_METADATA;
	oci->machine = cli_policy_machine();
	if (cli_policy_capabilities(capabilities, &oci->machine.capabilities, "profile"))
		return CLI_FAILED;
	request->policy.machine = &oci->machine;
	if (request->runtime && strcmp(request->runtime, "crun") == 0)
		oci->flag = oci->listener ? "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" : NULL;
	else if (request->runtime && strcmp(request->runtime, "runc") != 0)
		return cli_fail("profile", "--runtime takes crun or runc, not '%s'", request->runtime);
	oci->io_uring = !request->policy.families;
	return CLI_OK;
}

/* Prints the whole profile, or nothing if an error occurs: somebody might use half a profile. */
static int print_whole(const struct request *request)
{
	FILE *standard = stdout, *memory;
	char *text = NULL;
	size_t size = 0;
	int status;

	memory = open_memstream(&text, &size);
	if (!memory)
		return cli_fail("profile", "%s", strerror(ENOMEM));
	stdout = memory;
	status = request->for_runtimes ? cli_oci_print(&request->oci) : cli_oci_print_docker(&request->oci);
	stdout = standard;
	if (fclose(memory))
		status = cli_fail("profile", "%s", strerror(ENOMEM));
	if (!status)
		fwrite(text, 1, size, stdout);
	free(text);
	return status ? status : cli_printed("profile");
}

static int write_profile(struct request *request)
{
	struct cli_policy *policy = &request->policy;
	struct cli_oci *oci = &request->oci;
	const struct socketcall_policy *profile;

	if (!policy->profile && access(STANDARD_PROFILE, R_OK))
		return cli_fail("profile",
				"no FILE is given, and there is no " STANDARD_PROFILE ". Docker's is in its sources, "
				"profiles/seccomp/default.json of github.com/moby/profiles; Podman's comes with "
				"the package golang-github-containers-common or containers-common");
	if (!policy->profile)
		policy->profile = STANDARD_PROFILE;
	if (cli_policy_read(policy, "profile"))
		return CLI_FAILED;
	profile = &policy->policies[policy->count - 1];
	oci->policies = policy->policies;
	oci->count = request->for_runtimes ? policy->count : policy->count - 1;
	oci->profile = policy->texts[policy->count - 1];
	oci->otherwise = profile->otherwise;
	if (oci->otherwise == SECCOMP_RET_ALLOW && policy->families && !request->for_runtimes)
		return cli_fail("profile", "%s allows by default, so --families needs --format oci", policy->profile);
	if (profile->without_i386.line && !request->for_runtimes)
		return cli_fail("profile",
				"%s:%u:%u: expected SCMP_ARCH_X86 among the architectures: 32-bit programs are "
				"killed without it",
				policy->profile, profile->without_i386.line, profile->without_i386.column);
	print_changes(request);
	print_removed_keys(request);
	return print_whole(request);
}

/* Takes an option. False when it is unknown. */
static bool take(struct request *request, int option)
{
	switch (option) {
	case CAPS:
		request->capabilities = optarg;
		return true;
	case RUNTIME:
		request->runtime = optarg;
		return true;
	case LISTEN:
		request->oci.listener = optarg;
		return true;
	case METADATA:
		request->oci.metadata = optarg;
		return true;
	case FILTER_LOADS:
		request->oci.filter_loads = true;
		return true;
	case AUDIT:
		request->audit = true;
		return true;
	case CLI_POLICY_FAMILIES:
		request->policy.families = optarg;
		return true;
	}
	return false;
}

int cli_profile(int argc, char **argv)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, FORMAT },
		{ "caps", required_argument, NULL, CAPS },
		{ "runtime", required_argument, NULL, RUNTIME },
		{ "listen", required_argument, NULL, LISTEN },
		{ "families", required_argument, NULL, CLI_POLICY_FAMILIES },
		{ "filter-loads", no_argument, NULL, FILTER_LOADS },
		{ "metadata", required_argument, NULL, METADATA },
		{ "audit", no_argument, NULL, AUDIT },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct request request = { .policy = { .replaces_socketcall = true }, .oci = { .command = "profile" } };
	int option;

	while ((option = cli_option(argc, argv, options)) != -1) {
		if (option == 'h') {
			puts(usage);
			return cli_printed("profile");
		}
		if (option == FORMAT && (strcmp(optarg, "oci") == 0 || strcmp(optarg, "docker") == 0))
			request.for_runtimes = *optarg == 'o';
		else if (option == FORMAT)
			return cli_fail("profile", "--format takes docker or oci, not '%s'", optarg);
		else if (!take(&request, option))
			return cli_bad_option(argv, "profile");
	}
	if (argc - optind > 1)
		return cli_fail("profile", "unexpected argument '%s'", argv[optind + 1]);
	request.policy.profile = argv[optind];
	if (complete(&request))
		return CLI_FAILED;
	return write_profile(&request);
}
