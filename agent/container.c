/* SPDX-License-Identifier: MIT */
#include "agent/container.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/confine.h"
#include "agent/inbox.h"
#include "agent/log.h"
#include "agent/status.h"
#include "agent/worker.h"
#include "process/listener.h"
#include "process/status.h"
#include "run/supervise/guard.h"
#include "run/supervise/state.h"
#include "run/supervise/surroundings.h"

enum { STATE_SECONDS = 10 /* the time that a runtime has to send the state */ };

struct container {
	const struct agent_options *options;
	struct agent_message message;
	struct agent_status *status; /* in memory that all processes of the container share */
	struct supervisor *supervisor;
	struct agent_workers workers;
};

/* ---- The supervisor's events ------------------------------------------------------------------------------------- */

/* Turns the error with which a call could not be served (struct supervisor_event) into a reason for --status. */
static enum agent_reason reason_of(int error)
{
	switch (-error) {
	case EPERM:
	case ESRCH:
	case EBUSY:
		return AGENT_CANNOT_TRACE;
	case ENOTSUP:
		return AGENT_NO_VDSO;
	case EILSEQ:
		return AGENT_OTHER_VDSO;
	case ENOSYS:
		return AGENT_NO_DIRECT_CALL;
	case ETIMEDOUT:
	case EPIPE:
		return AGENT_NO_ANSWER;
	default:
		return AGENT_CANNOT_WRITE;
	}
}

struct name {
	char text[AGENT_COMM_SIZE];
};

/* Reads /proc/PID/comm, but nothing in the container's file systems, because a FUSE file could block for ever. */
static struct name name_of(const struct supervisor_event *event)
{
	struct name name = { .text = "" };

	status_name(event->pid, name.text, sizeof name.text);
	return name;
}

static void refused(struct container *container, const struct supervisor_event *event, enum agent_reason reason)
{
	struct name name = name_of(event);

	agent_status_add_refusal(container->status, event->pid, name.text, reason);
	agent_log(AGENT_LOG_WARNING, "%s: %d %s: %s got ENOSYS: %s", container->message.container, (int)event->pid,
		  name.text, reason == AGENT_UNKNOWN_CALL ? "a call" : "a multiplexed call", agent_reason_text(reason));
}

static void report(void *context, const struct supervisor_event *event)
{
	struct container *container = context;
	struct agent_status *status = container->status;
	struct name name;

	switch (event->kind) {
	case SUPERVISOR_PATCHED:
	case SUPERVISOR_PATCHED_LATE:
		status->patched += event->kind == SUPERVISOR_PATCHED;
		status->stubs += event->stubs;
		status->go += event->go;
		if (container->options->verbose)
			agent_log(AGENT_LOG_INFO, "%s: %d %s: patched", container->message.container, (int)event->pid,
				  name_of(event).text);
		break;
	case SUPERVISOR_INT80_TURNED:
		status->turned++;
		break;
	case SUPERVISOR_FILTER_EXTENDED:
		status->filters_extended++;
		break;
	case SUPERVISOR_FILTER_LEFT:
		status->filters_left++;
		agent_log(AGENT_LOG_WARNING, "%s: %d %s: its filter is left alone: %s", container->message.container,
			  (int)event->pid, name_of(event).text, strerror(-event->error));
		break;
	case SUPERVISOR_NOT_PATCHED:
		refused(container, event, event->pid ? reason_of(event->error) : AGENT_NOT_SEEN);
		break;
	case SUPERVISOR_NO_VDSO:
		refused(container, event, AGENT_NO_VDSO);
		break;
	case SUPERVISOR_MULTIPLEXED:
		name = name_of(event);
		agent_status_add_refusal(status, event->pid, name.text, AGENT_AUDITED);
		agent_log(AGENT_LOG_INFO, "%s: %d %s: makes multiplexed calls; none is refused: --audit",
			  container->message.container, (int)event->pid, name.text);
		break;
	case SUPERVISOR_CALL_UNKNOWN:
		refused(container, event, AGENT_UNKNOWN_CALL);
		break;
	case SUPERVISOR_TREE_ENDED:
		agent_log_lost(container->message.container);
		break;
	case SUPERVISOR_NATIVE:
		break;
	}
}

static void add_latency(void *context, uint64_t nanoseconds)
{
	struct container *container = context;

	agent_status_add_latency(container->status, nanoseconds / 1000);
}

/* ---- The container ----------------------------------------------------------------------------------------------- */

static int examine(void *context, struct filter_load *load)
{
	struct container *container = context;

	return agent_workers_examine(&container->workers, load);
}

/*
 * Both the agent (--audit) and the container's profile (`socketcall profile --audit`) must ask for an audit, which
 * leaves socketcall open. Other containers are served as usual.
 */
static bool is_audited(const struct container *container)
{
	return container->options->audit && strcmp(container->message.metadata, AGENT_AUDIT_METADATA) == 0;
}

/*
 * In a worker: unmaps the memory that the container's guard and server share and trust, so that a container that has
 * taken over a worker can't write to it.
 */
static void unmap_shared(void *context)
{
	struct container *container = context;

	supervisor_free(container->supervisor);
	munmap(container->status, sizeof *container->status);
}

/* Serves until the container's last process has ended. Returns 0; or -errno, if serving couldn't begin. */
static int serve(struct container *container, int listener)
{
	struct supervisor_options options = {
		.on_event = report,
		.context = container,
		.socketcall_reported = true,
		.tells_closed = true,
		.answered = add_latency,
		.examine = examine,
		.audit = is_audited(container),
	};
	struct supervisor *supervisor = supervisor_new(&options);
	sigset_t all;

	if (!supervisor)
		return -ENOMEM;
	*supervisor->patcher.image = *container->options->vdso;
	supervisor->patcher.image_is_given = true;
	container->supervisor = supervisor;
	agent_workers_init(&container->workers, container->options->vdso, unmap_shared, container);
	container->workers.only_tracer_writes = container->options->only_tracer_writes;
	supervisor->patcher.worker = agent_workers_make_step;
	supervisor->patcher.worker_context = &container->workers;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	listener_wake_on_same_processor(listener);
	guard_listener(supervisor, listener);
	return 0;
}

/* A status without a file, for a container that --status doesn't show. */
static struct agent_status *private_status(void)
{
	void *status =
		mmap(NULL, sizeof(struct agent_status), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return status == MAP_FAILED ? NULL : status;
}

static int begin_status(struct container *container, int *lock)
{
	container->status = agent_status_new(container->options->folder, &container->message, lock);
	if (container->status)
		return 0;
	agent_log(AGENT_LOG_WARNING, "%s: %s: %s: --status will not show it", container->message.container,
		  container->options->folder, strerror(errno));
	container->status = private_status();
	return container->status ? 0 : -ENOMEM;
}

int agent_serve_connection(int connection, const struct agent_options *options)
{
	/* With on_event, leave_surroundings() keeps standard error open for the log. */
	const struct supervisor_options reporting = { .on_event = report };
	struct container container = { .options = options };
	struct socketcall_policy_error error;
	int lock, r, listener;

	leave_surroundings(&connection, 1, &reporting);
	listener = inbox_receive(connection, STATE_SECONDS, &container.message, &error);
	close(connection);
	if (listener == -ENODATA)
		return 0; /* the peer only tried whether the agent listens */
	if (listener < 0) {
		if (error.place.line)
			agent_log(AGENT_LOG_ERROR, "a container's state, %u:%u: %s", error.place.line,
				  error.place.column, error.text);
		else
			agent_log(AGENT_LOG_ERROR, "a container's state: %s", error.text);
		return 1;
	}
	r = begin_status(&container, &lock);
	if (!r)
		r = agent_confine_server();
	if (!r) {
		agent_log(AGENT_LOG_INFO, "%s: %s%s%s", container.message.container,
			  is_audited(&container) ? "audited: socketcall is open" : "served",
			  *container.message.metadata ? ", with the metadata " : "", container.message.metadata);
		r = serve(&container, listener);
	}
	if (r)
		agent_log(AGENT_LOG_ERROR, "%s: cannot serve it: %s", container.message.container, strerror(-r));
	else
		agent_log(AGENT_LOG_INFO, "%s: its last process has ended", container.message.container);
	if (lock >= 0)
		agent_status_remove(options->folder, container.status);
	return r ? 1 : 0;
}
