/* SPDX-License-Identifier: MIT */
#include "process/child.h"
#include "run/supervise/confine.h"
#include "run/supervise/guard.h"
#include "run/supervise/handshake.h"
#include "run/supervise/needed.h"
#include "run/supervise/reaper.h"
#include "run/supervise/state.h"
#include "run/supervise/surroundings.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * When an init as process 1 shuts down, it sends SIGTERM to all processes, and some inits wait until those have ended.
 * But the supervisor must outlive the init, whose calls it serves. systemd neither signals nor awaits a process of root
 * whose command line begins with an at sign: https://systemd.io/ROOT_STORAGE_DAEMONS.
 */
static void outlive_shutdown(void)
{
	program_invocation_name[0] = '@'; /* glibc: this points to argv[0] */
}

/*
 * In the supervisor's process. All signals are blocked in it: it must not end by a signal to all processes (kill(2),
 * -1), which is meant for the tree.
 */
static _Noreturn void supervise(struct supervisor *supervisor, int socket, pid_t program)
{
	leave_surroundings(&socket, 1, &supervisor->options);
	if (program == 1)
		outlive_shutdown();
	supervisor->confine_error = confine_self(supervisor->options.confinement);
	guard_tree(supervisor, socket, program);
	_exit(0);
}

/*
 * Starts the supervisor's process for the calling process, which becomes the program. Returns the supervisor's number
 * if it is a child of this process, 0 if it isn't, or -errno.
 *
 * It is forked twice, so that the program has no child that it didn't start itself. This process stops being a
 * subreaper meanwhile, because it would adopt the orphan. Process 1 always adopts orphans, and then its wait() would
 * wait for the supervisor. So if the program is process 1, the supervisor is its direct, quiet child, which only a wait
 * with __WALL or __WCLONE sees.
 */
static pid_t start_supervisor(struct supervisor *supervisor, const int ends[2])
{
	pid_t program = getpid(), child;
	int subreaper = 0, error, status = 0;

	prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
	child = child_quiet();
	error = errno;
	if (child == 0) {
		close(ends[0]);
		if (program == 1 || (child = child_quiet()) == 0)
			supervise(supervisor, ends[1], program);
		_exit(child < 0 ? errno : 0);
	}
	if (child > 0 && program != 1)
		child_wait(child, &status);
	prctl(PR_SET_CHILD_SUBREAPER, subreaper, 0, 0, 0);
	if (child < 0)
		return -error;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		return -WEXITSTATUS(status);
	return program == 1 ? child : 0;
}

static enum supervisor_start start(struct supervisor *supervisor, struct supervisor_refusal *refusal)
{
	sigset_t all, mask;
	enum supervisor_start start;
	pid_t child;
	int ends[2];

	if (socket_pair_above_standard(ends))
		return supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, errno);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	child = start_supervisor(supervisor, ends);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	close(ends[1]);
	if (child < 0)
		start = supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, -child);
	else
		start = handshake_program(ends[0], &supervisor->options, refusal);
	close(ends[0]);
	if (start == SUPERVISOR_REFUSED && child > 0)
		child_wait(child, NULL); /* it ends by itself, because the handshake has failed */
	return start;
}

/* Has a reaper start the supervisor. Returns false if no reaper can: then this process must start it. */
static bool start_by_reaper(const struct supervisor_options *options, enum supervisor_start *start,
			    struct supervisor_refusal *refusal)
{
	int socket = reaper_connect(options);

	if (socket < 0)
		return false;
	*start = handshake_program(socket, options, refusal);
	close(socket);
	return *start != SUPERVISOR_REFUSED || refusal->obstacle != SUPERVISOR_NO_PROCESS;
}

static enum supervisor_start try(const struct supervisor_options *options, struct supervisor_refusal *refusal)
{
	struct supervisor *supervisor;
	enum supervisor_start r;

	if (needed_try(NEEDED_BESIDE, refusal))
		return SUPERVISOR_REFUSED;
	if (start_by_reaper(options, &r, refusal))
		return r;
	supervisor = supervisor_new(options);
	if (!supervisor)
		return supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, ENOMEM);
	r = start(supervisor, refusal);
	supervisor_free(supervisor);
	return r;
}

enum supervisor_start supervisor_beside(const struct supervisor_options *options, struct supervisor_refusal *refusal)
{
	enum supervisor_start start;
	struct rlimit descriptors;
	unsigned attempts = 0;

	if (confine_forbids_passing(options->confinement))
		return supervisor_refuse(refusal, SUPERVISOR_NO_LISTENER, EOPNOTSUPP);
	if (raise_descriptor_limit(options, &descriptors))
		return supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, EMFILE);
	do
		start = try(options, refusal);
	while (start == SUPERVISOR_REFUSED && supervisor_should_retry(refusal, &attempts));
	restore_descriptor_limit(&descriptors);
	return start;
}
