/* SPDX-License-Identifier: MIT */
#include "run/supervise/state.h"

#include "process/remote.h"
#include "process/status.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/random.h>

enum { ATTEMPTS_MOST = 3 };

/*
 * Most of the large buffers are never touched, and untouched pages take no memory. A transparent huge page would take
 * its whole size of memory. A mapping that is smaller than a huge page can't get one. madvise(MADV_NOHUGEPAGE) would do
 * as well, but an outer filter may kill a process for that call.
 */
_Static_assert(sizeof(struct supervisor) < 2 << 20, "struct supervisor is smaller than a huge page");

struct supervisor *supervisor_new(const struct supervisor_options *options)
{
	struct supervisor *supervisor =
		mmap(NULL, sizeof *supervisor, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (supervisor == MAP_FAILED)
		return NULL;
	supervisor->options = *options;
	if (patcher_init(&supervisor->patcher)) {
		munmap(supervisor, sizeof *supervisor);
		return NULL;
	}
	/*
	 * If getrandom() fails, the mark is 0, which a program can guess. Its calls with the mark aren't reported to
	 * judge(), but the confinement's filter still judges them.
	 */
	(void)!getrandom(&supervisor->options.socket_mark, sizeof supervisor->options.socket_mark, 0);
	filter_loads_init(&supervisor->filter_loads);
	multiplexed_init(&supervisor->multiplexed);
	supervisor->int80_told = (struct ring)RING_OVER(supervisor->int80_told_entries, process);
	return supervisor;
}

void supervisor_free(struct supervisor *supervisor)
{
	patcher_free(&supervisor->patcher);
	munmap(supervisor, sizeof *supervisor);
}

void supervisor_recover(struct supervisor *supervisor)
{
	filter_loads_recover(&supervisor->filter_loads);
}

void supervisor_tell(struct supervisor *supervisor, struct supervisor_event event)
{
	if (supervisor->options.on_event)
		supervisor->options.on_event(supervisor->options.context, &event);
}

void supervisor_tell_ended(struct supervisor *supervisor)
{
	supervisor_tell(supervisor, (struct supervisor_event){
					    .kind = SUPERVISOR_TREE_ENDED,
					    .only_calls_reported = supervisor->options.socketcall_reported &&
								   supervisor->may_trace_program,
				    });
}

void supervisor_tell_patched(struct supervisor *supervisor, pid_t pid, const struct patch_result *result)
{
	struct supervisor_event event = {
		.pid = pid,
		.error = result->error,
		.stubs = result->stubs,
		.go = result->go,
		.has_other = result->has_other && !supervisor->options.socketcall_reported,
	};

	switch (result->outcome) {
	case PATCH_DONE:
		event.kind = SUPERVISOR_PATCHED;
		break;
	case PATCH_NO_VDSO:
		event.kind = SUPERVISOR_NO_VDSO;
		break;
	case PATCH_FAILED:
		event.kind = SUPERVISOR_NOT_PATCHED;
		break;
	case PATCH_LATER:
		event.kind = SUPERVISOR_PATCHED_LATE;
		break;
	case PATCH_ALREADY:
		return;
	}
	if (supervisor->options.outcome)
		*supervisor->options.outcome =
			(struct supervisor_outcome){ .known = true, .kind = event.kind, .error = event.error };
	supervisor_tell(supervisor, event);
}

void supervisor_tell_int80(struct supervisor *supervisor, pid_t thread)
{
	pid_t process = supervisor->options.on_event ? status_process(thread) : 0;
	struct status_identity identity = status_identify(process);

	if (!identity.number || ring_find(&supervisor->int80_told, &identity, NULL))
		return;
	supervisor_tell(supervisor, (struct supervisor_event){ .kind = SUPERVISOR_INT80_TURNED, .pid = process });
	ring_add(&supervisor->int80_told, &identity); /* after the event, which a kill in between would lose */
}

bool supervisor_may_trace(struct supervisor *supervisor)
{
	bool allowed;

	if (supervisor->ptrace == PTRACE_UNTRIED && !remote_try_ptrace(&allowed))
		supervisor->ptrace = allowed ? PTRACE_ALLOWED : PTRACE_FORBIDDEN;
	return supervisor->ptrace == PTRACE_ALLOWED;
}

bool supervisor_should_retry(const struct supervisor_refusal *refusal, unsigned *attempts)
{
	return refusal->obstacle == SUPERVISOR_NO_PROCESS && refusal->error == -EPIPE && ++*attempts < ATTEMPTS_MOST;
}

enum supervisor_start supervisor_refuse(struct supervisor_refusal *refusal, enum supervisor_obstacle obstacle,
					int error)
{
	*refusal = (struct supervisor_refusal){ .obstacle = obstacle, .error = -error };
	return SUPERVISOR_REFUSED;
}
