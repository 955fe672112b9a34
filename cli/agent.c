/* SPDX-License-Identifier: MIT */
#include "agent/agent.h"

#include "agent/status.h"
#include "cli/cli.h"
#include "cli/refusal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] = "Usage: socketcall agent [OPTION]...\n"
			    "Serve the containers of this host whose seccomp profile reports socketcall to PATH\n"
			    "(socketcall profile --listen PATH): 32-bit programs in them work, and nothing is\n"
			    "reopened. Images and entry points stay as they are.\n"
			    "\n"
			    "      --listen PATH  the socket (/run/socketcall/agent.sock; without root\n"
			    "                     $XDG_RUNTIME_DIR/socketcall/agent.sock)\n"
			    "      --audit        leave socketcall open where the profile says so (socketcall\n"
			    "                     profile --audit), and say which programs use it\n"
			    "      --status       say which containers the agent at PATH serves, and which\n"
			    "                     calls got ENOSYS\n"
			    "      --json         with --status: print JSON\n"
			    "  -v, --verbose      log each program that is served\n"
			    "  -h, --help         this text\n"
			    "\n"
			    "Exit status: 0; 1 for --status when no container is served; 125 when socketcall\n"
			    "itself fails.";

enum { PATH_SIZE = 4096, LISTEN = 0x100, STATUS, JSON, AUDIT };

/* ---- --status ---------------------------------------------------------------------------------------------------- */

struct status_output {
	bool json;
	unsigned count;
};

/* The index of the first refusal that is still remembered. */
static uint64_t first_refusal(const struct agent_status *status)
{
	return status->remembered > AGENT_REFUSALS ? status->remembered - AGENT_REFUSALS : 0;
}

static void print_text(const struct agent_status *status)
{
	printf("%s%s%s%s: %llu patched, %llu calls by an int $0x80 of their own, %llu refused", status->container,
	       *status->metadata ? " (" : "", status->metadata, *status->metadata ? ")" : "",
	       (unsigned long long)status->patched, (unsigned long long)status->turned,
	       (unsigned long long)status->refused);
	if (status->audited)
		printf("; socketcall is open to it (--audit), programs that use it: %llu",
		       (unsigned long long)status->audited);
	if (agent_status_latency(status, 500))
		printf("; half of the first calls took up to %llu us, 99 %% up to %llu us",
		       (unsigned long long)agent_status_latency(status, 500),
		       (unsigned long long)agent_status_latency(status, 990));
	putchar('\n');
	for (uint64_t i = first_refusal(status); i < status->remembered; i++) {
		const struct agent_refusal *refusal = agent_status_refusal(status, i);

		printf("    %d %s: %s%s\n", (int)refusal->pid, refusal->program,
		       refusal->reason == AGENT_AUDITED ? "" : "ENOSYS: ",
		       agent_reason_text((enum agent_reason)refusal->reason));
	}
}

/* Prints the text, which is printable ASCII, as a JSON string. */
static void print_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

static void print_refusals(const struct agent_status *status)
{
	uint64_t first = first_refusal(status);

	for (uint64_t i = first; i < status->remembered; i++) {
		const struct agent_refusal *refusal = agent_status_refusal(status, i);

		printf("%s{\"time\":%lld,\"pid\":%d,\"program\":", i > first ? "," : "", (long long)refusal->time,
		       (int)refusal->pid);
		print_string(refusal->program);
		printf(",\"reason\":");
		print_string(agent_reason_text((enum agent_reason)refusal->reason));
		putchar('}');
	}
}

static void print_json(const struct agent_status *status)
{
	const struct {
		const char *key;
		uint64_t value;
	} counts[] = {
		{ "patched", status->patched },
		{ "stubs", status->stubs },
		{ "go", status->go },
		{ "turned", status->turned },
		{ "filtersExtended", status->filters_extended },
		{ "filtersLeft", status->filters_left },
		{ "refused", status->refused },
		{ "audited", status->audited },
		{ "latency50", agent_status_latency(status, 500) },
		{ "latency90", agent_status_latency(status, 900) },
		{ "latency99", agent_status_latency(status, 990) },
	};

	printf("{\"container\":");
	print_string(status->container);
	printf(",\"metadata\":");
	print_string(status->metadata);
	printf(",\"pid\":%d,\"since\":%lld", (int)status->pid, (long long)status->since);
	for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++)
		printf(",\"%s\":%llu", counts[i].key, (unsigned long long)counts[i].value);
	printf(",\"refusals\":[");
	print_refusals(status);
	printf("]}");
}

static int print_one(void *context, const struct agent_status *status)
{
	struct status_output *output = context;

	if (output->json && output->count)
		putchar(',');
	output->count++;
	if (output->json)
		print_json(status);
	else
		print_text(status);
	return 0;
}

static int print_status(const char *path, const char *folder, bool json)
{
	struct status_output output = { .json = json };

	if (json)
		putchar('[');
	agent_status_each(folder, print_one, &output); /* without the folder, no container has been served */
	if (json)
		puts("]");
	else if (!output.count)
		puts("no container is served");
	if (!output.count && access(path, F_OK))
		cli_fail("agent", "no agent listens at %s: %s", path, strerror(errno));
	if (cli_printed("agent"))
		return CLI_FAILED;
	return output.count ? CLI_OK : CLI_NO;
}

/* ---- The agent --------------------------------------------------------------------------------------------------- */

/* Prints why the agent can't start; returns CLI_FAILED. */
static int refuse(const struct agent_failure *failure, const char *path)
{
	switch (failure->what) {
	case AGENT_NO_32_BIT:
		return cli_fail("agent", "cannot read the vDSO of 32-bit programs: %s", strerror(-failure->error));
	case AGENT_NO_SOCKET:
		return cli_fail("agent", "%s: %s", path, strerror(-failure->error));
	case AGENT_NO_CALL:
		return cli_fail("agent", "%s", refusal_describe(&failure->refusal).text);
	}
	return CLI_FAILED;
}

static int serve(const char *path, struct agent_options *options)
{
	static struct image vdso;
	struct agent_failure failure;
	int socket, r;

	if (agent_try_calls(&failure) || agent_learn_vdso(&vdso, &failure))
		return refuse(&failure, path);
	options->vdso = &vdso;
	options->only_tracer_writes = agent_only_tracer_writes();
	socket = agent_open(path, &failure);
	if (socket < 0)
		return refuse(&failure, path);
	r = agent_serve(socket, options);
	return r ? cli_fail("agent", "%s", strerror(-r)) : CLI_OK;
}

/* Writes the default path. False if it is too long, or XDG_RUNTIME_DIR isn't set. */
static bool default_path(char path[PATH_SIZE])
{
	const char *runtime = geteuid() ? getenv("XDG_RUNTIME_DIR") : "/run";

	return runtime && snprintf(path, PATH_SIZE, "%s/socketcall/agent.sock", runtime) < PATH_SIZE;
}

/* Creates the folder of the default path, with access for this user alone. If that fails, agent_open() says why. */
static void make_folder(const char *path)
{
	char folder[PATH_SIZE];

	snprintf(folder, sizeof folder, "%s", path);
	*strrchr(folder, '/') = '\0';
	mkdir(folder, 0700);
}

/*
 * Writes the path of the status files' folder. It is absolute, because the processes that serve containers have / as
 * their working folder. False if it is too long, or the working folder is gone.
 */
static bool name_folder(char folder[PATH_SIZE], const char *path)
{
	char working[PATH_SIZE] = "";

	if (*path != '/' && !getcwd(working, sizeof working))
		return false;
	return snprintf(folder, PATH_SIZE, "%s%s%s.d", working, *path == '/' ? "" : "/", path) < PATH_SIZE;
}

int cli_agent(int argc, char **argv)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, LISTEN },
		{ "audit", no_argument, NULL, AUDIT },
		{ "status", no_argument, NULL, STATUS },
		{ "json", no_argument, NULL, JSON },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct agent_options agent = { .verbose = false };
	char standard[PATH_SIZE], folder[PATH_SIZE];
	bool status = false, json = false;
	const char *path = NULL;
	int option;

	while ((option = cli_option(argc, argv, options)) != -1)
		switch (option) {
		case LISTEN:
			path = optarg;
			break;
		case AUDIT:
			agent.audit = true;
			break;
		case STATUS:
			status = true;
			break;
		case JSON:
			json = true;
			break;
		case 'v':
			agent.verbose = true;
			break;
		case 'h':
			puts(usage);
			return cli_printed("agent");
		default:
			return cli_bad_option(argv, "agent");
		}
	if (optind != argc)
		return cli_fail("agent", "unexpected argument '%s'", argv[optind]);
	if (json && !status)
		return cli_fail("agent", "--json needs --status");
	if (!path && !default_path(standard))
		return cli_fail("agent", "--listen is needed, because XDG_RUNTIME_DIR is not set");
	if (!path && !status)
		make_folder(standard);
	path = path ? path : standard;
	if (!name_folder(folder, path))
		return cli_fail("agent", "%s: the path is too long, or the working folder is gone", path);
	agent.folder = folder;
	return status ? print_status(path, folder, json) : serve(path, &agent);
}
