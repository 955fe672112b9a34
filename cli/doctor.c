/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "run/doctor.h"
#include "process/listener.h"
#include "run/preload/locate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "Usage: socketcall doctor\n"
			    "Say which of run's mechanisms can be used here, on this machine and in this sandbox,\n"
			    "why not the others, and what would change that. Each is tried.\n"
			    "\n"
			    "  -h, --help  this text\n"
			    "\n"
			    "Exit status: 0 when 32-bit programs' socket calls work or 'run' can make them work,\n"
			    "1 when not, 125 when socketcall itself fails.";

static const char *const ways[] = {
	[DOCTOR_BESIDE] = "patch, supervisor beside",
	[DOCTOR_ABOVE] = "patch, supervisor above",
	[DOCTOR_TRACE] = "patch, by ptrace",
	[DOCTOR_TRAP] = "trap (--trap)",
};

static char yama(void)
{
	char scope = '0';
	int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!read(fd, &scope, 1);
		close(fd);
	}
	return scope;
}

static void no(const char *way, const char *why, const char *change)
{
	printf("%-26s no: %s\n%-26s     to change that: %s\n", way, why, "", change);
}

/* status_check_namespace()'s errors, whatever way met them. */
static int no_numbers(const char *way, int error)
{
	if (error != ENOENT && error != ESRCH)
		return 0;
	no(way, "/proc isn't that of this PID namespace", "mount it");
	return 1;
}

static void no_memory(const char *way, int error)
{
	char change[160];

	if (error == EIO) {
		no(way, "read-only memory may not be written by /proc/PID/mem",
		   "the kernel's command line, proc_mem.force_override=always (Linux 6.12)");
		return;
	}
	if (no_numbers(way, error))
		return;
	if (yama() == '0')
		snprintf(change, sizeof change, "CAP_SYS_PTRACE, or a process that may be dumped");
	else
		snprintf(change, sizeof change,
			 "kernel.yama.ptrace_scope, now %c, at 0 (at 1 a supervisor above will do), or CAP_SYS_PTRACE",
			 yama());
	no(way, "the memory of another process may not be written", change);
}

static void no_listener(const char *way, int error)
{
	if (error == EBUSY)
		no(way, "an outer seccomp filter has a listener", "start 'socketcall run' outside of it");
	else if (!listener_is_supported())
		no(way, "the kernel has no seccomp listeners that can be used", "Linux 5.9 or later");
	else
		no(way, strerror(error), "a sandbox that allows seccomp(2) with SECCOMP_FILTER_FLAG_NEW_LISTENER");
}

static void print_refusal(const char *way, const struct supervisor_refusal *refusal)
{
	switch (refusal->obstacle) {
	case SUPERVISOR_NO_MEMORY:
		no_memory(way, refusal->error);
		break;
	case SUPERVISOR_NO_LISTENER:
		no_listener(way, refusal->error);
		break;
	case SUPERVISOR_NO_FILTER:
		no(way, strerror(refusal->error), "a sandbox that allows seccomp filters to be loaded");
		break;
	case SUPERVISOR_NO_TRACING:
		if (!no_numbers(way, refusal->error))
			no(way, "a child may not be traced",
			   yama() > '1' ? "kernel.yama.ptrace_scope at 0 or 1, or CAP_SYS_PTRACE"
					: "a sandbox that allows ptrace(2)");
		break;
	default:
		no(way, strerror(refusal->error), "more processes (ulimit -u, pids.max) and descriptors");
	}
}

static int print_trial(const char *way, const struct doctor_trial *trial)
{
	if (!trial->started)
		print_refusal(way, &trial->refusal);
	else if (trial->served == 1)
		printf("%-26s yes\n", way);
	else if (trial->served == 0)
		no(way, "32-bit programs have no vDSO of a known form",
		   "the kernel's command line, without vdso32=0; or report this kernel");
	else
		no(way, "no 32-bit program can be run to try it", "see above");
	return trial->started && trial->served == 1;
}

static int print_preload(void)
{
	static const char way[] = "preload";
	char path[PRELOAD_PATH_MAX];
	const char *folder = "";
	int r = preload_locate(path, sizeof path, &folder);

	if (!r && preload_replaces_text())
		printf("%-26s yes, for dynamic programs that keep their environment\n", way);
	else if (!r)
		printf("%-26s yes, for dynamic programs that keep their environment, but not, since memory may not\n"
		       "%-26s     be made executable here, for those of glibc 2.41 and later that have threads\n",
		       way, "");
	else
		no(way, r == -EINVAL ? "LD_PRELOAD can't carry its folder's path" : "its folder isn't there",
		   "put the folder 'preload' beside this program, or into ../lib/socketcall");
	return !r;
}

int cli_doctor(int argc, char **argv)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	struct doctor_finding finding;
	int able = 0;

	switch (cli_option(argc, argv, options)) {
	case 'h':
		puts(usage);
		return cli_printed("doctor");
	case -1:
		break;
	default:
		return cli_bad_option(argv, "doctor");
	}
	if (optind != argc)
		return cli_fail("doctor", "no argument is wanted, but there is '%s'", argv[optind]);
	doctor_examine(&finding);
	printf("%-26s %s\n", "32-bit socketcall, bare",
	       finding.bare == 1   ? "works"
	       : finding.bare == 0 ? "is closed"
				   : "can't be told: no 32-bit program can be run here");
	for (enum doctor_way way = 0; way < DOCTOR_WAYS; way++)
		able |= print_trial(ways[way], &finding.trial[way]);
	able |= print_preload();
	if (cli_printed("doctor"))
		return CLI_FAILED;
	return finding.bare == 1 || (finding.bare == 0 && able) ? CLI_OK : CLI_NO;
}
